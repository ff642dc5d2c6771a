"""Contents: the bytes of files come in; what kind they are, and how two of them differ or are merged, goes out."""
