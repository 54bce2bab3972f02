"""Semantic textual similarity: the checkpoint's cosine similarities against graded pairs.

Importing this package is light; torch and transformers are imported by what needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evaluators.sts.names import POOLINGS, VERSION, WHITENINGS

if TYPE_CHECKING:
    from evaluators.sts.session import Session, evaluate

__all__ = ["POOLINGS", "VERSION", "WHITENINGS", "Session", "evaluate"]


def __getattr__(name: str) -> Any:
    if name == "evaluate":
        from evaluators.sts.session import evaluate

        return evaluate
    if name == "Session":
        from evaluators.sts.session import Session

        return Session
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
