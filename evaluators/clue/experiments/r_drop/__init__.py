"""R-Drop on digits: what it gains, and how far averaging predictions is from averaging weights."""
