"""Which boards a claim speaks of, and whether a board is large enough to decide."""

from __future__ import annotations

import re
from collections.abc import Sequence

from evaluators.averaging import Board


def speaks_of(board: Board, names: Sequence[str]) -> bool:
    """Whether one of the names (lower case) is a word of the board's name or title.

    `xglue` is a word of `xglue-understanding`, `glue` is none of `superglue`.
    """
    words = re.findall(r"[a-z0-9]+", f"{board.name} {board.title}".lower())
    return not set(names).isdisjoint(words)


FEWEST_MODELS = 5
"""Two equal orders of five are no chance at 5% (2 in 5! ways), of four they may be (2 in 4!)."""

FEWEST_TASKS = 3
"""Of two tasks every other resample is one task alone."""


def too_few(*, models: int, tasks: int) -> str:
    """Return why so few models or tasks can decide nothing; empty where they are enough."""
    if models < FEWEST_MODELS:
        return f"{models} models ranked under all three means: fewer than {FEWEST_MODELS}"
    if tasks < FEWEST_TASKS:
        return f"{tasks} tasks: fewer than {FEWEST_TASKS}"
    return ""
