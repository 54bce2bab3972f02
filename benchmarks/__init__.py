"""Speed beside named peers: everything in one run, interleaved, as ratios."""
