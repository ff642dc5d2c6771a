"""Setting up: a clone, or a person's configuration, comes in; one that Git and git-data work together in goes out."""
