"""What the claims share: the shape of a claim, and what can be read off a board."""
