"""Contrastive learning: losses, cached gradients, and sweeps over batch size and precision."""
