"""Git: the only users of the git program and of dulwich."""
