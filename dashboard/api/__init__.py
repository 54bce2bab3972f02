"""Answer programs with JSON: what `rankcheck api` serves. It only reads the store."""
