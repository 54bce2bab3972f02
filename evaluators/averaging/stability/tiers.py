"""Group the models that a board does not tell apart, and give every rank its simultaneous interval.

Each pair of models is compared by the mean difference of its task scores with Student's statistic.
A wild bootstrap over tasks flips the signs of the deviations of whole tasks, the same for all
models (Rademacher weights; Liu 1988), and the largest statistic of all pairs gives one critical
value for all of them, so that in 95% of such boards no two equal models are told apart; steps
without the pairs already told apart find more (Romano and Wolf 2005). A rank interval is
1 + the models that are better … n − the models that are worse (Mogstad et al. 2024).

Mogstad et al. draw tasks with replacement and keep the standard errors. With few tasks that tells
equal models apart far too often (see the table in docs/reports/tiers.md), hence the signs.

Where tasks have weights w, of sum 1, weighted means are compared. A heavy task pulls the mean
towards itself, so that its own deviation is too small: its variance is l = 1 − 2w + Σw² times that
of the task. The variance of the mean is estimated by Σ w²(x − mean)²/l, and what is flipped is a
deviation divided by √l (as HC2 does in regression; MacKinnon and White 1985).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.stability.contest import Contest, contest
from evaluators.averaging.stability.sign_flips import (
    EvenFlips,
    Flips,
    largest_of_fewer,
    largest_shares,
    uneven_flips,
)
from evaluators.averaging.stability.weighted import effective_tasks, share_left
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
from evaluators.progress import Progress, stage_progress
from evaluators.statistics import CONFIDENCE

LEAST_TASKS = 6
"""With fewer tasks there are too few ways of flipping signs for 95%."""

MOST_AT_ONCE = 500
"""Rows up to which tiers are found while somebody waits; the pairs of 3,000 take minutes."""

_STAGE = "models told apart"

Lacking = Literal["tasks", "even weights", "whole rows", "finite terms"]


class NoTiersError(TreatmentError):
    """A board cannot tell its models apart.

    Attributes:
        lacking: What it lacks for that.
        tasks: How many tasks count, or how many of one weight they are worth.
    """

    def __init__(self, message: str, lacking: Lacking, tasks: float) -> None:
        super().__init__(message)
        self.lacking: Lacking = lacking
        self.tasks = tasks


@dataclass(frozen=True, eq=False)
class Tiers:
    """The pairs of models that are told apart; n ranked models.

    Attributes:
        contest: The ranked rows, whose order every array here has.
        better: (n, n) whether row i is told apart from row j and above it.
        tiers: (n,) number of the tier, 1 for the best. The first model that is in no tier yet
            opens one, with all later models that are not told apart from it.
        rank_intervals: (n, 2) simultaneous intervals of the ranks.
        critical: Critical value of Student's statistic in the last step.
        errors: (n, n) standard errors of the mean differences, in the unit of the scores for p = 1,
            else of the terms x^p, or log x.
        resamples: Number of sign flips.
        confidence: Probability that no equal pair is told apart.
    """

    contest: Contest
    better: NDArray[np.bool_]
    tiers: NDArray[np.int64]
    rank_intervals: NDArray[np.int64]
    critical: float
    errors: NDArray[np.float64]
    resamples: int
    confidence: float

    @property
    def headline(self) -> str:
        """How many models are not told apart from the first, in words."""
        others, same = len(self.tiers) - 1, int((self.tiers == 1).sum()) - 1
        if same == others:
            return f"none of the other {others} models is told apart from the first"
        return (
            f"{same} of the other {others} models are not told apart from the first; there are"
            f" {self.tiers.max()} tiers"
        )

    def members(self, tier: int) -> tuple[str, ...]:
        """Return the models of a tier, best first."""
        rows = sorted(np.flatnonzero(self.tiers == tier), key=lambda i: self.contest.ranks[i])
        return tuple(self.contest.models[i] for i in rows)


def board_tiers(
    board: Board,
    treatment: Treatment,
    p: float = 1.0,
    *,
    resamples: int = 10_000,
    seed: int,
    confidence: float = CONFIDENCE,
    progress: Progress | None = None,
) -> Tiers:
    """Group the ranked models of a board into tiers.

    Tasks are taken as drawn from more tasks like these. Under any power mean the order is that of
    the arithmetic means of x^p (of log x for p = 0), which are compared.

    Args:
        board: Models × task metrics.
        treatment: As in `rank`.
        p: Exponent of the mean.
        resamples: Number of sign flips.
        seed: Seed of the signs.
        confidence: Probability that no two equal models are told apart.
        progress: Called with the stage, the finished part and the total.

    Raises:
        TreatmentError: The board cannot be ranked like that.
        NoTiersError: It has fewer than `LEAST_TASKS` tasks, or weights that make them worth
            fewer; or its ranked models have gaps, or terms that are not finite.
    """
    if not 0 < confidence < 1:
        raise TreatmentError(f"confidence must be in (0, 1), got {confidence:g}")
    if resamples < 1:
        raise TreatmentError(f"resamples must be at least 1, got {resamples}")
    field = contest(board, treatment, p)
    k = len(field.tasks)
    if k < LEAST_TASKS:
        raise NoTiersError(
            f"{board.name}: models are told apart over at least {LEAST_TASKS} tasks, found {k}",
            "tasks",
            k,
        )
    worth = effective_tasks(field.task_weights)
    if treatment.weights and worth < LEAST_TASKS:
        raise NoTiersError(
            f"{board.name}: models are told apart over at least {LEAST_TASKS} tasks, and the"
            f" weights make {k} tasks worth {worth:.3g} of one weight; weight them more evenly",
            "even weights",
            worth,
        )
    if np.isnan(field.values).any():
        raise NoTiersError(
            f"{board.name}: models are told apart on the tasks that all have, and under"
            f" {treatment.name} some are ranked with gaps; take a treatment without"
            " available-only",
            "whole rows",
            k,
        )
    scores = _task_scores(field)
    signs = np.random.default_rng(seed).choice((-1.0, 1.0), (k, resamples))
    better, critical, errors = told_apart(
        scores,
        signs,
        confidence,
        stage_progress(progress, _STAGE),
        weights=field.task_weights,
    )
    n = len(better)
    low, high = 1 + better.sum(axis=0), n - better.sum(axis=1)
    return Tiers(
        contest=field,
        better=better,
        tiers=_tiers(better, field.ranks),
        rank_intervals=np.stack([low, high], axis=1),
        critical=critical,
        errors=errors,
        resamples=resamples,
        confidence=confidence,
    )


def _task_scores(field: Contest) -> NDArray[np.float64]:
    """Return (n, k) scores whose weighted means have the order of the board's own mean."""
    x, p = field.values, field.p
    if math.isinf(p):
        raise NoTiersError(
            "models are told apart under means with a finite exponent",
            "finite terms",
            len(field.tasks),
        )
    if p == 1:
        terms = x
    else:
        scale = np.abs(x).max()  # so that no power overflows
        with np.errstate(divide="ignore"):
            terms = np.log(x / scale) if p == 0 else np.sign(p) * (x / scale) ** p
        if not np.isfinite(terms).all():
            raise NoTiersError(
                f"models are told apart with values above 0 for p = {p:g}",
                "finite terms",
                len(field.tasks),
            )
    of_task = np.eye(len(field.tasks))[field.task_of]
    return np.asarray((terms * field.weights) @ of_task / field.task_weights)


def told_apart(
    scores: NDArray[np.float64],
    signs: NDArray[np.float64],
    confidence: float,
    report: Callable[[int, int], None] = lambda _done, _total: None,
    *,
    weights: NDArray[np.float64] | None = None,
) -> tuple[NDArray[np.bool_], float, NDArray[np.float64]]:
    """Compare the (weighted) row means of all pairs of rows.

    Args:
        scores: (n, k), finite.
        signs: (k, R), each −1 or 1.
        confidence: Probability that no equal pair is told apart.
        report: Called with the finished part and the total of a step.
        weights: (k,) weights of the columns, above 0; None for equal ones.

    Returns:
        (n, n) whether row i is told apart from row j and above it; the critical value of
        Student's statistic; (n, n) standard errors of the differences.
    """
    k = scores.shape[1]
    even = weights is None or np.ptp(weights) == 0
    w = np.full(k, 1 / k) if weights is None else weights / weights.sum()
    means = scores @ w
    deviations = scores - means[:, None]
    left = share_left(w)
    uneven = (k - 1) * k * w**2 / left  # ones where weights are equal
    centred = deviations if even else deviations * np.sqrt(uneven)
    products = centred @ centred.T / k
    squares = np.diag(products)
    variance = squares[:, None] + squares - 2 * products
    difference = means[:, None] - means
    # Rounding leaves a little variance between rows that differ by a constant or not at all.
    tiny = 1e-12 * max(1e-300, float(squares.max()), float(np.abs(means).max() ** 2))
    varies = variance > tiny
    inverse = np.divide(1.0, variance, out=np.zeros_like(variance), where=varies)
    share = np.where(varies, difference**2 * inverse, np.where(difference**2 > tiny, np.inf, 0.0))
    # With d the mean of the flipped deviations and v their mean square, Student's statistic is
    # (k − 1)·d²/(v − d²), and flips leave v as it is: one product for all flips, and a share d²/v
    # that grows with the statistic. The observed statistic is (k − 1)·D²/v.
    if even:
        flips: Flips = EvenFlips((centred @ signs / k).astype(np.float32))
    else:
        flips = uneven_flips(deviations / np.sqrt(left), signs, w, uneven)
    apart = ~np.eye(len(scores), dtype=np.bool_) & np.isinf(share)
    place = math.ceil(confidence * (signs.shape[1] + 1))  # the data count as one more flip
    largest = largest_shares(flips, _open(inverse, apart), report)
    while True:
        limit = _upper(largest, place)
        critical = math.inf if limit >= 1 else math.sqrt((k - 1) * limit / (1 - limit))
        more = (np.sqrt((k - 1) * share) > critical) & (difference > 0) & ~apart
        if not more.any():
            break
        apart |= more
        most = len(largest) - place + 1
        largest = largest_of_fewer(flips, _open(inverse, apart), largest, most)
    better = apart & (difference > 0)
    return better, critical, np.sqrt(np.maximum(variance, 0) / (k - 1))


def _open(inverse: NDArray[np.float64], apart: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return the inverse variances (n, n), 0 for pairs that are told apart."""
    return np.where(apart | apart.T, 0.0, inverse).astype(np.float32)


def _upper(largest: NDArray[np.float32], place: int) -> float:
    """Return the critical value, the one at a place from 1 on (Davison and Hinkley 1997)."""
    return 1.0 if place > len(largest) else float(np.partition(largest, place - 1)[place - 1])


def _tiers(better: NDArray[np.bool_], ranks: NDArray[np.int64]) -> NDArray[np.int64]:
    tiers = np.zeros(len(ranks), dtype=np.int64)
    for first in np.argsort(ranks, kind="stable"):
        if not tiers[first]:
            tiers[(tiers == 0) & ~better[first]] = tiers.max() + 1
    return tiers
