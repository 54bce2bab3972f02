"""Bootstrap ranks over tasks: how often each model is first, and how far its rank varies.

Tasks are drawn with replacement, as many as there are (Efron 1979), with the same draws for every
model and every mean. Rivals may be drawn too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.means import MEANS
from evaluators.averaging.stability.contest import Contest, contests
from evaluators.averaging.stability.leave_one_out import rank_rows, rank_type
from evaluators.averaging.stability.weighted import power_sums
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
from evaluators.progress import Progress, stage_progress
from evaluators.statistics import CONFIDENCE, percentiles, resample_counts, tails

_BLOCK = 1 << 22  # cells of a block of models


@dataclass(frozen=True, eq=False)
class RankBootstrap:
    """The ranks of one mean over all resamples; n models, R resamples, k tasks.

    Rows are those of `contest`; `contest.row` converts a row of the board. A resample without any
    cell of a row (a treatment that ranks gaps) gives it no rank and is not counted for it.

    Attributes:
        contest: Rows, tasks and the ranking itself.
        task_counts: (R, k) how often each task was drawn.
        ranks: (R, n) ranks among all n, 0 for none.
        among_drawn: (R, n) ranks among rivals that were drawn too, 0 for none; None where only
            tasks were. Where it is given, intervals, mean ranks and first places are of these.
    """

    contest: Contest
    task_counts: NDArray[np.int64]
    ranks: NDArray[np.unsignedinteger[Any]]
    among_drawn: NDArray[np.unsignedinteger[Any]] | None = None

    @property
    def placed(self) -> NDArray[np.unsignedinteger[Any]]:
        """(R, n) the ranks for intervals: `among_drawn` where present, else `ranks`."""
        return self.ranks if self.among_drawn is None else self.among_drawn

    @property
    def resamples(self) -> int:
        """The number of resamples, R."""
        return len(self.ranks)

    def rank_intervals(self, confidence: float = CONFIDENCE) -> NDArray[np.int64]:
        """Return percentile intervals (n, 2) of each row's rank.

        The ends are ranks that occurred (the inverse of the distribution function, without
        interpolation); 0, 0 for a row that never had a rank.

        Raises:
            TreatmentError: If the confidence is not between 0 and 1.
        """
        low, high = _tails(confidence)
        intervals = np.zeros((self.placed.shape[1], 2), dtype=np.int64)
        step = max(1, _BLOCK // self.resamples)
        for start in range(0, len(intervals), step):
            block = np.ascontiguousarray(self.placed[:, start : start + step].T)
            if (block > 0).all():
                places = [_place(q, self.resamples) for q in (low, high)]
                block.partition(sorted(set(places)), axis=1)
                intervals[start : start + step] = block[:, places]
                continue
            for i, row in enumerate(block, start):
                ranked = np.sort(row[row > 0])
                if len(ranked):
                    intervals[i] = ranked[[_place(q, len(ranked)) for q in (low, high)]]
        return intervals

    def mean_ranks(self) -> NDArray[np.float64]:
        """Return (n,) mean ranks, NaN for a row that never had one."""
        with np.errstate(invalid="ignore"):
            counted = (self.placed > 0).sum(axis=0)
            return np.asarray(self.placed.sum(axis=0, dtype=np.int64) / counted)

    def first(self) -> NDArray[np.float64]:
        """Return (n,) probabilities of being first; m tied models count 1/m each.

        They sum to 1. With drawn rivals it is the share of resamples in which no rival is above,
        which may hold for several models at once, so the sum may exceed 1.
        """
        ahead = self.placed == 1
        if self.among_drawn is not None:
            return np.asarray(ahead.mean(axis=0))
        sharing = ahead.sum(axis=1)
        alone = sharing == 1
        counts = ahead.sum(axis=0).astype(np.float64)
        for r in np.flatnonzero(~alone & (sharing > 0)):
            counts[ahead[r]] += 1 / sharing[r] - 1
        return np.asarray(counts / max(1, int((sharing > 0).sum())))

    def above(self, row: int, other: int) -> float:
        """Return P(row is ranked above other), ties half; NaN if never both had a rank."""
        return float(self.above_all(row)[other])

    def above_all(self, row: int) -> NDArray[np.float64]:
        """Return (n,) P(row is ranked above each), ties half: ½ for itself."""
        n = self.ranks.shape[1]
        won, met = np.zeros(n), np.zeros(n)
        step = max(1, _BLOCK // n)
        for start in range(0, self.resamples, step):
            # Ranks among all models, since equal ranks among drawn rivals need not be a tie.
            ranks = self.ranks[start : start + step]
            own = ranks[:, row : row + 1]
            both = (own > 0) & (ranks > 0)
            met += both.sum(axis=0)
            won += ((own < ranks) & both).sum(axis=0) + ((own == ranks) & both).sum(axis=0) / 2
        with np.errstate(invalid="ignore"):
            return np.asarray(won / met)

    def above_matrix(self) -> NDArray[np.float64]:
        """Return (n, n): P(row i is ranked above row j), ties half."""
        return np.array([self.above_all(i) for i in range(self.ranks.shape[1])])

    def score_intervals(self, confidence: float = CONFIDENCE) -> NDArray[np.float64]:
        """Return (n, 2) percentile intervals of the scores, in the board's unit."""
        levels = _tails(confidence)
        weights = self.contest.columns_of(self.task_counts)
        intervals = np.empty((len(self.contest.models), 2))
        step = max(1, _BLOCK // self.resamples)
        for start in range(0, len(intervals), step):
            values = self.contest.values[start : start + step]
            scores = power_sums(values, self.contest.p).means(weights).T
            for i, row in enumerate(scores, start):
                scored = row[~np.isnan(row)]
                intervals[i] = percentiles(scored, levels) if len(scored) else np.nan
        return intervals - self.contest.shift


def _tails(confidence: float) -> tuple[float, float]:
    if not 0 < confidence < 1:
        raise TreatmentError(f"confidence must be in (0, 1), got {confidence:g}")
    return tails(confidence)


def _place(q: float, size: int) -> int:
    """Return the index of the q-quantile in sorted values, safe against rounding of q."""
    return min(size - 1, max(0, int(np.ceil(q * size - 1e-9)) - 1))


Over = Literal["tasks", "tasks+models"]
_CELLS = 1 << 16  # of a block of scores: half a megabyte, so that it stays in the cache


def bootstrap(
    board: Board,
    treatment: Treatment,
    means: Mapping[str, float] = MEANS,
    *,
    resamples: int = 10_000,
    seed: int | np.random.Generator = 0,
    over: Over = "tasks",
    progress: Progress | None = None,
) -> dict[str, RankBootstrap]:
    """Resample the tasks of a board and rank it for each resample, under each mean.

    Args:
        board: Models × task metrics.
        treatment: As in `rank`.
        means: Exponents by name.
        resamples: Number of resamples.
        seed: A seed or a generator; means over the same tasks share their draws.
        over: `tasks`, or `tasks+models`: then the rivals are drawn with replacement too, and a
            model's rank is one more than the number of drawn rivals above it. That widens the
            intervals by the effect of another field of models; the order of models stays.
        progress: Called with the stage, the finished part and the total.

    Returns:
        One `RankBootstrap` for each mean.

    Raises:
        TreatmentError: If the board cannot be ranked like that, or `over` or `resamples` is
            invalid.
    """
    if over not in ("tasks", "tasks+models"):
        raise TreatmentError(f"over must be 'tasks' or 'tasks+models', got {over!r}")
    if resamples < 1:
        raise TreatmentError(f"resamples must be at least 1, got {resamples}")
    rng = np.random.default_rng(seed)
    fields = contests(board, treatment, means)
    counts: dict[tuple[str, ...], NDArray[np.int64]] = {}
    for field in fields.values():
        if field.tasks not in counts:  # a mixed treatment has other tasks under other means
            counts[field.tasks] = resample_counts(rng, len(field.tasks), resamples, np.int64)
    rivals: dict[int, NDArray[np.int64]] = {}
    for field in fields.values():
        if over == "tasks+models" and len(field.models) not in rivals:
            n = len(field.models)
            rivals[n] = resample_counts(rng, n, resamples, np.int64)
    bootstraps = {}
    for name, field in fields.items():
        ranks = _ranks(field, counts[field.tasks], stage_progress(progress, f"{name} mean"))
        others = rivals.get(len(field.models))
        bootstraps[name] = RankBootstrap(
            contest=field,
            task_counts=counts[field.tasks],
            ranks=ranks,
            among_drawn=None if others is None else _among(ranks, others),
        )
    return bootstraps


def _ranks(
    field: Contest, counts: NDArray[np.int64], progress: Callable[[int, int], None]
) -> NDArray[np.unsignedinteger[Any]]:
    """Return (R, n) ranks, 0 where a resample holds no entry of the row's mean."""
    sums = power_sums(field.values, field.p)
    n, total = len(field.models), len(counts)
    ranks = np.empty((total, n), dtype=rank_type(n))
    step = max(16, _CELLS // n)
    for start in range(0, total, step):
        block = slice(start, start + step)
        weights = field.columns_of(counts[block])
        ranks[block] = rank_rows(sums.means(weights), field.tolerance)
        progress(min(start + step, total), total)
    return ranks


def _among(
    ranks: NDArray[np.unsignedinteger[Any]], rivals: NDArray[np.int64]
) -> NDArray[np.unsignedinteger[Any]]:
    """Return ranks among drawn rivals: 1 + the number of them with a smaller rank."""
    total, n = ranks.shape
    placed = np.zeros_like(ranks, dtype=np.uint32)  # a model drawn n times is above n times
    step = max(1, _CELLS // n)
    for start in range(0, total, step):
        block = ranks[start : start + step].astype(np.int64)
        rows = np.arange(len(block))[:, None]
        at_rank = np.bincount(
            (block + rows * (n + 1)).ravel(),
            weights=rivals[start : start + step].ravel(),
            minlength=len(block) * (n + 1),
        ).reshape(len(block), n + 1)
        at_rank[:, 0] = 0  # rivals without a rank are above nobody
        above = np.cumsum(at_rank, axis=1).astype(np.uint32)
        placed[start : start + step] = np.where(block > 0, 1 + above[rows, block - 1], 0)
    return placed
