"""Merging: versions that went apart come in; one version, or a conflict that a person settles, goes out."""
