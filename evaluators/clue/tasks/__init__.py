"""The tasks: one declaration a file, found by the file's name."""
