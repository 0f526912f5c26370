"""The files that a session changed: a list or a tree, each change with its prompt."""
