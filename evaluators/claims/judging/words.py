"""What a claim says of named boards, and numbers in words."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import Board


def speaks_of(board: Board, names: Sequence[str]) -> bool:
    """Whether one of the names (lower case) is a word of the board's name or title.

    `xglue` is a word of `xglue-understanding`, `glue` is none of `superglue`.
    """
    words = re.findall(r"[a-z0-9]+", f"{board.name} {board.title}".lower())
    return not set(names).isdisjoint(words)


def interval(drawn: NDArray[np.float64]) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentile."""
    low, high = np.quantile(drawn, [0.025, 0.975])
    return float(low), float(high)


def most_by_chance(drawn: NDArray[np.float64]) -> float:
    """Return what at most 2.5% of all draws exceed, the error of having drawn so few added.

    It is the upper end of the 95% interval of the 97.5 percentile (by order statistics), so that
    another seed rarely takes back what is said to exceed it.
    """
    error = 1.96 * np.sqrt(0.975 * 0.025 / len(drawn))
    return float(np.quantile(drawn, min(1.0, 0.975 + error)))


def interval_of_counts(drawn: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 2.5 and 97.5 percentile as values that occur."""
    low, high = np.quantile(drawn.astype(np.float64), [0.025, 0.975], method="inverted_cdf")
    return float(low), float(high)


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
