"""Compare two ranked models task by task, with the interval of the difference of their means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.stability.contest import contest
from evaluators.averaging.stability.weighted import power_sums
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
from evaluators.statistics import mean_interval, percentiles, resample_counts

Method = Literal["t", "percentiles", "none"]


@dataclass(frozen=True, eq=False)
class PairedModels:
    """Two models on the tasks that both have; k tasks.

    Attributes:
        tasks: k names, in the board's order.
        first: (k,) scores of the first model: of a task with several columns their mean.
        second: (k,) scores of the second model.
        difference: Difference of the two means, first − second.
        low: Lower end of its 95% interval; None with a single task.
        high: Upper end.
        method: How the interval was found: by Student's t over the tasks, or as percentiles of the
            resamples; `none` where there is none.
        ahead: Share of resamples of the tasks in which the first is ahead; ties count half.
        resamples: Number of resamples.
    """

    tasks: tuple[str, ...]
    first: NDArray[np.float64]
    second: NDArray[np.float64]
    difference: float
    low: float | None
    high: float | None
    method: Method
    ahead: float
    resamples: int

    @property
    def differences(self) -> NDArray[np.float64]:
        """(k,) first − second on each task."""
        return self.first - self.second

    @property
    def apart(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low is not None and self.high is not None and not self.low <= 0 <= self.high


def paired_models(
    board: Board,
    treatment: Treatment,
    p: float,
    first: int,
    second: int,
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> PairedModels:
    """Compare two models of a board over its tasks.

    Under the arithmetic mean of tasks that weigh the same the interval is Student's t over the k
    differences; under other means, whose difference is no mean of differences, the percentiles
    over resamples of the tasks.

    Args:
        board: Models × task metrics.
        treatment: As in `rank`.
        p: Exponent of the mean.
        first: Position of a model on the board.
        second: Position of the other.
        resamples: Number of resamples of the tasks.
        seed: Seed of the resamples.

    Raises:
        TreatmentError: One of the two has no rank, or they share no task.
    """
    field = contest(board.take(models=[first, second]), treatment, p)
    rows = [field.row(0), field.row(1)]  # raises with the reason if one has no rank
    shared = ~np.isnan(field.values[rows]).any(axis=0)
    if not shared.any():
        raise TreatmentError(f"{board.name}: the two models share no task")
    values, of = field.values[rows][:, shared], field.task_of[shared]
    column_weights = field.weights[shared]
    sums = power_sums(values, p)
    exact = sums.means(column_weights[None])[0]
    kept = np.unique(of)
    place = np.searchsorted(kept, of)
    per_task = np.array(
        [np.average(values[:, of == t], axis=1, weights=column_weights[of == t]) for t in kept]
    ).T
    counts = resample_counts(np.random.default_rng(seed), len(kept), resamples, np.int64)
    drawn = sums.means(counts[:, place] * column_weights)
    differences = drawn[:, 0] - drawn[:, 1]
    ties = np.abs(differences) <= field.tolerance
    ahead = float((np.where(ties, 0.5, differences > 0)).mean())
    weighs_alike = len(set(np.bincount(place, weights=column_weights).tolist())) == 1
    low: float | None
    high: float | None
    method: Method
    if len(kept) == 1:
        low, high, method = None, None, "none"
    elif p == 1 and weighs_alike:
        interval = mean_interval((per_task[0] - per_task[1]).tolist())
        low, high = interval.low, interval.high
        method = "t"
    else:
        low, high = percentiles(differences)
        method = "percentiles"
    return PairedModels(
        tasks=tuple(field.tasks[t] for t in kept),
        first=per_task[0] - field.shift,
        second=per_task[1] - field.shift,
        difference=float(exact[0] - exact[1]),
        low=low,
        high=high,
        method=method,
        ahead=ahead,
        resamples=resamples,
    )
