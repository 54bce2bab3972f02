"""The official metrics of the four families, with intervals."""
