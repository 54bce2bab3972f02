"""What to look for in single cells and rows, one file a check."""
