"""What do contrastive trainings share? Losses, logits, cached gradients."""
