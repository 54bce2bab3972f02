"""Charts, one file each, in colours that are distinct under any colour vision."""
