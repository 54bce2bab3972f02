"""What do trainings of sentence vectors share? Losses, logits, cached gradients."""
