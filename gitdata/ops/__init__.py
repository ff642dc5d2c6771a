"""The verbs: each file does one thing and returns what it did as a frozen value."""
