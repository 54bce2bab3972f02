"""What every foreign format shares: what was asked, what was found, how it becomes a board."""
