"""Backends: named files that never change once they exist. They know nothing of what is in them."""
