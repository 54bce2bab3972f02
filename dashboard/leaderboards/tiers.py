"""Find the tiers of a board once for all pages, or say why it has none."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dashboard.language import cached, mark, t
from dashboard.leaderboards.computed import SEED
from evaluators.averaging import Board, Treatment, rank
from evaluators.averaging.stability.tiers import (
    LEAST_TASKS,
    MOST_AT_ONCE,
    Lacking,
    NoTiersError,
    board_tiers,
)


class Groups(NamedTuple):
    """The models that a board does not tell apart, among its first ranked rows.

    Attributes:
        tiers: Tier of each row, by its position; empty where the board has none.
        positions: (n,) positions of the rows in the order of `better`.
        better: (n, n) whether a row is told apart from another and above it, all pairs at once.
        lacking: What the board lacks for tiers; None where it has some.
        tasks: How many tasks count, or how many of one weight they are worth.
    """

    tiers: dict[int, int]
    positions: tuple[int, ...]
    better: NDArray[np.bool_]
    lacking: Lacking | None = None
    tasks: float = 0.0

    def apart(self, first: int, second: int) -> bool | None:
        """Return whether two rows are told apart, by position; None where one has no tier."""
        if first not in self.tiers or second not in self.tiers:
            return None
        i, j = self.positions.index(first), self.positions.index(second)
        return bool(self.better[i, j] or self.better[j, i])


NONE_YET = Groups({}, (), np.zeros((0, 0), np.bool_))
"""While tiers are computed."""


@cached(max_entries=128, spinner=mark("Comparing all pairs of models …"))
def groups_of(board_id: str, treatment: Treatment, p: float, _board: Board) -> Groups:
    """Return the tiers of the first `MOST_AT_ONCE` ranked rows, or what is lacking for them.

    Raises:
        TreatmentError: The board cannot be ranked like that.
    """
    ranked = rank(_board, treatment, p).ranked
    first = sorted(row.position for row in ranked[:MOST_AT_ONCE])
    try:  # as an import does for the store, from which the list of boards has them
        found = board_tiers(_board.take(models=first), treatment, p, seed=SEED)
    except NoTiersError as error:
        return NONE_YET._replace(lacking=error.lacking, tasks=error.tasks)
    positions = tuple(first[i] for i in found.contest.positions.tolist())
    tiers = dict(zip(positions, found.tiers.tolist(), strict=True))
    return Groups(tiers, positions, found.better)


def why_none(groups: Groups) -> str:
    """Return why a board has no tiers, and what would give them; empty where it has some."""
    if groups.lacking is None:
        return ""
    if groups.lacking == "tasks":
        return t(
            "There are no tiers with {tasks:.0f} tasks: telling models apart takes at least"
            " {least}. Let more tasks count under Tasks, where the board has more.",
            tasks=groups.tasks,
            least=LEAST_TASKS,
        )
    if groups.lacking == "even weights":
        return t(
            "There are no tiers under these weights: they make the tasks worth {tasks:.3g} of one"
            " weight, and telling models apart takes at least {least}. Weight them more evenly"
            " under Tasks.",
            tasks=groups.tasks,
            least=LEAST_TASKS,
        )
    if groups.lacking == "whole rows":
        return t(
            "There are no tiers while models with gaps are ranked: models are told apart on tasks"
            " that all of them have. Leave models with gaps out under Models."
        )
    return t(
        "There are no tiers under this mean, where a score of 0 or less has no finite term."
        " Choose AM, the arithmetic mean."
    )
