"""Keeping what is stored: a store or a remote comes in; what is wrong with it goes out."""
