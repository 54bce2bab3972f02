"""One file per revision, without keys, unique constraints, indexes or narrower types."""
