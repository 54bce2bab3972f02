"""Batch sweep: does the batch size matter for contrastive losses on images?

The names that a plan may use stand here, so that reading a plan imports no torch.
"""

AUGMENTATION_NAMES = ("ordinary", "weak", "simclr")
ENCODER_NAMES = ("mlp", "resnet", "resnet18")
BASELINES = ("raw", "random")
"""What is measured beside the arms: the pixels themselves, and networks before training."""
