"""The names that plans use for poolings and whitenings."""

from __future__ import annotations

VERSION = "1"
"""A new version makes every STS job a new job."""

POOLINGS = ("native", "cls", "pooler", "last-mean", "first-last-mean", "last-2-mean")
"""How token vectors become a sentence vector; described in `evaluators.sts.pooling`."""

WHITENINGS = ("none", "target", "scored")
"""What a whitening is fitted on; the name of a task, or of a task's split, is one too."""
