"""History: paths of data come in; the commits that changed them, and which commit each file or line is from, go out."""
