"""Powell's search for a threshold beside the exact scan, on made-up similarities."""
