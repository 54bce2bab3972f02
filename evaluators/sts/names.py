"""The names that plans use for poolings and whitenings."""

from __future__ import annotations

VERSION = "4"
"""A new version makes every STS job a new job."""

POOLINGS = (
    "native",
    "cls",
    "pooler",
    "last-mean",
    "last-token",
    "weighted-mean",
    "first-last-mean",
    "last-2-mean",
)
"""Names of poolings of token vectors; described in `evaluators.sts.pooling`."""

WHITENINGS = ("none", "target", "scored")
"""Names of whitenings, by what they are fitted on; names of tasks and splits are also allowed."""
