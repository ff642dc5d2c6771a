"""Recording: what the work tree holds comes in; the store has it, and pointers that say so are staged."""
