"""Following: pointers that Git has moved come in; data in the work tree that they stand for goes out."""
