"""Semantic textual similarity: the checkpoint's cosine similarities against graded pairs.

Importing this package is light; torch and transformers are imported by what needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from evaluators.sts.session import Session, evaluate

VERSION = "1"
"""A new version makes every STS job a new job."""

POOLINGS = ("native", "cls", "pooler", "last-mean", "first-last-mean", "last-2-mean")
"""How token vectors become a sentence vector; described in `evaluators.sts.pooling`."""

WHITENINGS = ("none", "target", "scored")
"""What a whitening is fitted on; the name of a task, or of a task's split, is one too."""

__all__ = ["POOLINGS", "VERSION", "WHITENINGS", "Session", "evaluate"]


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        from evaluators.sts.session import evaluate

        return evaluate
    if name == "Session":
        from evaluators.sts.session import Session

        return Session
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
