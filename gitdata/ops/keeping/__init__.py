"""Keeping what is stored: a store or a remote comes in; what is wrong with it, or nobody needs, goes out."""
