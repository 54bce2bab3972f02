"""Training of a checkpoint with a head on a task, by epochs that can be resumed."""
