"""The names that plans use for poolings, whitenings and transforms."""

from __future__ import annotations

import re

from evaluators.names import validate_known

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

OWN_SPLITS = ("train", "validation")
"""Splits of the scored task itself."""

WHITENINGS = ("none", "target", "scored", *OWN_SPLITS)
"""Names of whitenings, by what they are fitted on; names of tasks, of their splits and of corpora
(`corpus:NAME`, `corpus:NAME/5000`) are also allowed."""

WHITEN = "whiten"
TRANSFORMS = (WHITEN, "centre", "standardise", "zca", "remove-top-1", "remove-top-3")
"""What is fitted on those sentences; described in `evaluators.sts.whitening`. `remove-top-N` may
have any N."""

CORPUS = re.compile(r"corpus:(?P<name>[^/]+)(?:/(?P<documents>[1-9][0-9]*))?")
_REMOVE_TOP = re.compile(r"remove-top-[1-9][0-9]*")


def validate_transform(name: str) -> None:
    """Validate the name of a transform.

    Raises:
        UnknownNameError: Nobody knows it.
    """
    if not _REMOVE_TOP.fullmatch(name):
        validate_known("transform", [name], TRANSFORMS)
