"""Where to cut a similarity so that two classes come out of it.

A pair counts as positive where its score is above the threshold. `best_threshold` looks at every
cut there is, in O(n log n); `powell_threshold` is the search that was published with CoSENT, kept
as an arm beside it: its objective is a staircase, on which a search by line minima gets stuck.
"""

from __future__ import annotations

from collections.abc import Callable

from numpy.typing import ArrayLike

from evaluators.clue.threshold.powell import powell_threshold
from evaluators.clue.threshold.scan import best_threshold
from evaluators.clue.threshold.worth import METRICS, Metric, Threshold, above, worth_at

__all__ = [
    "METRICS",
    "SEARCHES",
    "Metric",
    "Threshold",
    "above",
    "best_threshold",
    "powell_threshold",
    "worth_at",
]

SEARCHES: dict[str, Callable[[ArrayLike, ArrayLike, Metric], Threshold]] = {
    "exact": best_threshold,
    "powell": powell_threshold,
}
