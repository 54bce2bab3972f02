"""What does a small experiment measure?  One file each, found by its name."""
