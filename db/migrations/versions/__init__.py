"""One file a revision; none uses a key, a unique constraint, an index or a narrower type."""
