"""Rank a board with each task left out in turn.

Many short rows are ranked at once, equal to `ranks_of` and several times as fast: the position of
a score goes into the last bits of the score itself, so that one sort of whole
numbers replaces an argsort and a gather. What the bits displace is far below the tolerance within
which scores are tied anyway; a row in which it could decide a tie is ranked the plain way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.ranking import ranks_of
from evaluators.averaging.stability.contest import Contest
from evaluators.averaging.stability.weighted import power_sums
from evaluators.errors import TreatmentError

_MANTISSA = 52


def rank_type(n: int) -> type[np.unsignedinteger[Any]]:
    """Return the smallest type that holds ranks 0 to n."""
    return np.uint16 if n < 1 << 16 else np.uint32


def rank_rows(scores: NDArray[np.float64], tolerance: float) -> NDArray[np.unsignedinteger[Any]]:
    """Return the ranks of each row of scores.

    Args:
        scores: (R, n); NaN is not ranked.
        tolerance: As in `ranks_of`.

    Returns:
        (R, n) whole numbers: 1 for the highest score, ties share the smallest, 0 for NaN.
    """
    n = scores.shape[1]
    kind = rank_type(n)
    bits = max(1, (n - 1).bit_length())
    top = float(np.max(scores)) if scores.size else 0.0  # NaN if any is
    spread = top - float(np.min(scores)) if scores.size else 0.0
    # Displaced last bits, and the rounding of the subtraction; twice, for a gap has two ends.
    displaced = 2 * (spread * 2.0 ** (bits - _MANTISSA) + abs(top) * 2.0**-_MANTISSA)
    if not displaced < tolerance / 4:  # NaN, infinite, or a tolerance of nothing
        return _plain_ranks(scores, tolerance, kind)

    keys = (top - scores).view(np.int64)  # not negative: doubles sort as their bits do
    mask = np.int64((1 << bits) - 1)
    keys &= ~mask
    keys |= np.arange(n)
    keys.sort(axis=1)
    place = (keys & mask).astype(np.intp)
    keys &= ~mask
    behind = keys.view(np.float64)
    gaps = behind[:, 1:] - behind[:, :-1]
    tied = gaps <= tolerance + displaced
    ranks = np.empty(scores.shape, dtype=kind)
    place += np.arange(len(scores))[:, None] * n
    ranks.ravel()[place] = np.arange(1, n + 1, dtype=kind)
    close = np.flatnonzero(tied.any(axis=1))
    if len(close):
        decided = (gaps[close] <= tolerance - displaced) == tied[close]
        _share_ranks(ranks, place, tied, close[decided.all(axis=1)])
        undecided = close[~decided.all(axis=1)]
        ranks[undecided] = _plain_ranks(scores[undecided], tolerance, kind)
    return ranks


def _share_ranks(
    ranks: NDArray[np.unsignedinteger[Any]],
    place: NDArray[np.intp],
    tied: NDArray[np.bool_],
    rows: NDArray[np.intp],
) -> None:
    """Give tied scores the smallest of their ranks, in place."""
    n = ranks.shape[1]
    first = np.ones((len(rows), n), dtype=np.bool_)
    first[:, 1:] = ~tied[rows]
    places = np.where(first, np.arange(1, n + 1, dtype=ranks.dtype), ranks.dtype.type(1))
    ranks.ravel()[place[rows]] = np.maximum.accumulate(places, axis=1)


def _plain_ranks(
    scores: NDArray[np.float64], tolerance: float, kind: type[np.unsignedinteger[Any]]
) -> NDArray[np.unsignedinteger[Any]]:
    return np.nan_to_num(ranks_of(scores, tolerance=tolerance), nan=0.0).astype(kind)


@dataclass(frozen=True, eq=False)
class LeaveOneOut:
    """The ranks of one mean without each of k tasks; n models, those of the full ranking.

    Attributes:
        contest: Rows, tasks and the ranking itself.
        scores: (k, n) without each task, NaN where nothing is left of a row.
        ranks: (k, n) without each task, 0 where nothing is left of a row.
    """

    contest: Contest
    scores: NDArray[np.float64]
    ranks: NDArray[np.int64]

    def first_rests_on(self, row: int) -> tuple[str, ...]:
        """Return the tasks whose removal makes the row first, or no longer first."""
        changed = (self.ranks[:, row] == 1) != (self.contest.ranks[row] == 1)
        return self._named(changed)

    def order_rests_on(self, row: int, other: int) -> tuple[str, ...]:
        """Return the tasks whose removal changes the order of two rows, or makes it a tie."""
        now = np.sign(self.contest.ranks[row] - self.contest.ranks[other])
        without = np.sign(self.ranks[:, row] - self.ranks[:, other])
        return self._named(without != now)

    def most_moving(self, row: int) -> tuple[str, ...]:
        """Return the tasks whose removal moves the row furthest; none where none moves it."""
        moved = np.abs(self.ranks[:, row] - self.contest.ranks[row])
        return self._named((moved == moved.max()) & (moved > 0))

    def _named(self, mask: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(self.contest.tasks[int(i)] for i in np.flatnonzero(mask))


def leave_one_out(contest: Contest) -> LeaveOneOut:
    """Rank the same rows without each task.

    A task is left out with all its columns. Rows without a rank on the whole board stay without
    one, even where their gap is in the task: the same rows are compared every time.

    Raises:
        TreatmentError: If there is only one task.
    """
    k = len(contest.tasks)
    if k < 2:
        raise TreatmentError(
            f"{contest.ranking.board}: {contest.tasks[0]} is the only task, and without it there"
            " is no ranking"
        )
    weights = contest.columns_of(1.0 - np.eye(k))
    scores = power_sums(contest.values, contest.p).means(weights)
    return LeaveOneOut(
        contest=contest,
        scores=scores - contest.shift,
        ranks=rank_rows(scores, contest.tolerance).astype(np.int64),
    )
