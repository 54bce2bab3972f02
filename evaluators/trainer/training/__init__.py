"""Fine-tuning: batches, the loop, its state on disk, predictions."""
