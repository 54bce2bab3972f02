"""The ranking with each task left out in turn, and what a headline rests on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.stability.contest import Contest
from evaluators.averaging.stability.rank_rows import rank_rows
from evaluators.averaging.stability.weighted import power_sums
from evaluators.errors import TreatmentError


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
        """Return the tasks without any one of which the row starts or stops being first."""
        changed = (self.ranks[:, row] == 1) != (self.contest.ranks[row] == 1)
        return self._named(changed)

    def order_rests_on(self, row: int, other: int) -> tuple[str, ...]:
        """Return the tasks without any one of which the order of two rows is another (or a tie)."""
        now = np.sign(self.contest.ranks[row] - self.contest.ranks[other])
        without = np.sign(self.ranks[:, row] - self.ranks[:, other])
        return self._named(without != now)

    def most_moving(self, row: int) -> tuple[str, ...]:
        """Return the tasks without which the row moves furthest; none where nothing moves it."""
        moved = np.abs(self.ranks[:, row] - self.contest.ranks[row])
        return self._named((moved == moved.max()) & (moved > 0))

    def _named(self, which: NDArray[np.bool_]) -> tuple[str, ...]:
        return tuple(self.contest.tasks[int(i)] for i in np.flatnonzero(which))


def leave_one_out(contest: Contest) -> LeaveOneOut:
    """Rank the same rows without each task in turn.

    A task goes with all its columns. Rows without a rank on the whole board stay without one,
    also where their gap goes with the task: who is compared does not change with the task.

    Raises:
        TreatmentError: If there is one task only.
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
