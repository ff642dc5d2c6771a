"""Looking: a work tree, or a version, comes in; what changed or what there is goes out, for Git or a person."""
