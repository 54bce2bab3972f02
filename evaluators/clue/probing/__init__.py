"""What a frozen encoder knows of a task: linear models over its vectors, and plain cosines."""
