"""Charts: one file each, in colours that any colour vision can tell apart."""
