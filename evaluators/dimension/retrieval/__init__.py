"""recall@1 of queries among N items against the number of dimensions kept (experiment E1)."""
