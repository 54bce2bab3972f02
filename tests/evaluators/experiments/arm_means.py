"""The scores of an experiment, summed up as tests compare them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

from evaluators.result import Score


def means(scores: Iterable[Score], metric: str) -> dict[str, float]:
    """Return the mean of a metric over seeds and settings, by arm."""
    by_arm = defaultdict(list)
    for score in scores:
        if score.metric == metric:
            by_arm[score.variant["arm"]].append(score.value)
    return {arm: float(np.mean(values)) for arm, values in by_arm.items()}


def settings(scores: Iterable[Score]) -> set[str]:
    """Return the settings that scores belong to."""
    return {score.variant["setting"] for score in scores}


def quiet(done: int, total: int) -> None:
    """Take a report of progress and do nothing."""
