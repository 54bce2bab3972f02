"""What a plan may call the arms of a sweep: plain names, so that reading a plan needs no torch."""

from __future__ import annotations

from typing import NamedTuple

from evaluators.names import require_known

LOSS_NAMES = ("infonce", "infonce-log1p", "flatnce", "dcl")
DTYPE_NAMES = ("float64", "float32", "bfloat16", "float16")
AUGMENTATION_NAMES = ("ordinary", "weak", "simclr")
ENCODER_NAMES = ("mlp", "resnet", "resnet18")
BASELINES = ("raw", "random")
"""Rows that stand beside every arm: the images themselves, and networks nobody has trained."""


class Arm(NamedTuple):
    """What tells one arm of a sweep from another.

    Attributes:
        loss: One of `LOSS_NAMES`.
        dtype: What the loss is computed in, one of `DTYPE_NAMES`.
    """

    loss: str
    dtype: str


def parse_arm(text: str) -> Arm:
    """Return the arm that `loss/dtype` names.

    Raises:
        UnknownNameError: There is no such loss or dtype.
    """
    loss, _, dtype = text.partition("/")
    require_known("contrastive loss", [loss], LOSS_NAMES)
    require_known(f"dtype of arm {loss}/…", [dtype], DTYPE_NAMES)
    return Arm(loss, dtype)
