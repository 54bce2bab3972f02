"""How is a result drawn? One chart a file, in colours that are distinct under any colour vision."""
