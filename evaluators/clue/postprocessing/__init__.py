"""What is done to predictions after training: one file each."""
