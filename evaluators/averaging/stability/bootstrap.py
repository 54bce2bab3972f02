"""How sure a ranking is: the ranks that other draws of tasks, or of tasks and rivals, would give.

Tasks are drawn with replacement, as many as there are (Efron 1979), the same draws for every
model and every mean. See `evaluators.averaging.stability.rank_bootstrap` for what is read off.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.means import MEANS
from evaluators.averaging.stability.contest import Contest, contests
from evaluators.averaging.stability.rank_bootstrap import RankBootstrap
from evaluators.averaging.stability.rank_rows import rank_rows, rank_type
from evaluators.averaging.stability.weighted import power_sums
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError
from evaluators.progress import Progress, stage_progress
from evaluators.statistics import resample_counts

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
    """Resample the tasks of a board and rank it anew each time, under each mean.

    Args:
        board: Models × task metrics.
        treatment: As for `rank`.
        means: Exponents by name.
        resamples: How many.
        seed: A seed or a generator; means over the same tasks share their draws.
        over: `tasks`, or `tasks+models`: then the rivals are drawn with replacement too, and a
            model's rank is one more than the number of drawn rivals above it. That widens the
            ranks by what another field of models would have done; who is above whom it leaves.
        progress: Told what is done, how much, and of how much.

    Returns:
        One `RankBootstrap` a mean.

    Raises:
        TreatmentError: If the board cannot be ranked like that, or `over` or `resamples` is
            nothing known.
    """
    if over not in ("tasks", "tasks+models"):
        raise TreatmentError(f"cannot resample over {over!r}: over tasks, or tasks+models")
    if resamples < 1:
        raise TreatmentError(f"resamples must be at least 1, got {resamples}")
    rng = np.random.default_rng(seed)
    fields = contests(board, treatment, means)
    drawn: dict[tuple[str, ...], NDArray[np.int64]] = {}
    for field in fields.values():
        if field.tasks not in drawn:  # a mixed treatment has other tasks under other means
            drawn[field.tasks] = resample_counts(rng, len(field.tasks), resamples, np.int64)
    rivals: dict[int, NDArray[np.int64]] = {}
    for field in fields.values():
        if over == "tasks+models" and len(field.models) not in rivals:
            n = len(field.models)
            rivals[n] = resample_counts(rng, n, resamples, np.int64)
    found = {}
    for name, field in fields.items():
        ranks = _ranks(field, drawn[field.tasks], stage_progress(progress, f"{name} mean"))
        others = rivals.get(len(field.models))
        found[name] = RankBootstrap(
            contest=field,
            task_counts=drawn[field.tasks],
            ranks=ranks,
            among_drawn=None if others is None else _among(ranks, others),
        )
    return found


def _ranks(
    field: Contest, counts: NDArray[np.int64], progress: Callable[[int, int], None]
) -> NDArray[np.unsignedinteger[Any]]:
    """Return (R, n) ranks, 0 where a resample holds nothing that enters the row's mean."""
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
    """Return ranks among drawn rivals: one more than how many of them have a smaller rank."""
    total, n = ranks.shape
    found = np.zeros_like(ranks, dtype=np.uint32)  # a model drawn n times is above n times
    step = max(1, _CELLS // n)
    for start in range(0, total, step):
        mine = ranks[start : start + step].astype(np.int64)
        rows = np.arange(len(mine))[:, None]
        at_rank = np.bincount(
            (mine + rows * (n + 1)).ravel(),
            weights=rivals[start : start + step].ravel(),
            minlength=len(mine) * (n + 1),
        ).reshape(len(mine), n + 1)
        at_rank[:, 0] = 0  # rivals without a rank are above nobody
        above = np.cumsum(at_rank, axis=1).astype(np.uint32)
        found[start : start + step] = np.where(mine > 0, 1 + above[rows, mine - 1], 0)
    return found
