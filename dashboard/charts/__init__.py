"""How is a result drawn? One chart per file, in colours for any colour vision."""
