"""What every question about stability starts from: the ranked rows and their tasks, as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board
from evaluators.averaging.matrix import counted, groups, treat
from evaluators.averaging.means import MEANS
from evaluators.averaging.ranking import TIE, Ranking, rank
from evaluators.averaging.treatment import Treatment
from evaluators.errors import TreatmentError


@dataclass(frozen=True, eq=False)
class Contest:
    """The rows that a board, a treatment and one p rank.

    A row without a rank (a gap, or a value that leaves the mean undefined) takes no part, also
    where a resample would happen to leave its faulty cell out: the field stays the same.

    Attributes:
        ranking: The ranking itself, with the rows left out and why.
        positions: (n,) rows on the board, in board order.
        models: n names.
        values: (n, g) what is averaged, the treatment's shift added; NaN does not enter.
        tasks: k names, in the order of the columns.
        task_of: (g,) the task of each column, as a position in `tasks`.
        shift: What is taken off after the mean.
        tolerance: How close two scores must be to be tied.
        scores: (n,) the scores of the ranking.
        ranks: (n,) the ranks of the ranking.
    """

    ranking: Ranking
    positions: NDArray[np.int64]
    models: tuple[str, ...]
    values: NDArray[np.float64]
    tasks: tuple[str, ...]
    task_of: NDArray[np.int64]
    shift: float
    tolerance: float
    scores: NDArray[np.float64]
    ranks: NDArray[np.int64]

    @property
    def p(self) -> float:
        """The exponent."""
        return self.ranking.p

    def row(self, position: int) -> int:
        """Return where a row of the board stands here.

        Raises:
            TreatmentError: If it has no rank, with the reason.
        """
        found = np.flatnonzero(self.positions == position)
        if len(found):
            return int(found[0])
        row = next(row for row in self.ranking.rows if row.position == position)
        raise TreatmentError(
            f"{row.model} has no rank under the {self.ranking.mean} mean: {row.left_out}"
        )

    def columns_of(self, tasks: NDArray[Any]) -> NDArray[np.float64]:
        """Give each column (…, g) the weight or count of its task (…, k)."""
        return np.asarray(tasks[..., self.task_of], dtype=np.float64)


def contest(board: Board, treatment: Treatment, p: float = 1.0) -> Contest:
    """Return the ranked rows of a board and the tasks they are ranked by.

    A task is what is resampled, dropped or weighted as one: under `per-metric` the metrics of a
    task go together, and under one count for sub-splits these do.

    Raises:
        TreatmentError: If the board cannot be ranked like that, or no row has a rank.
    """
    ranking = rank(board, treatment, p)
    rows = sorted(ranking.ranked, key=lambda row: row.position)
    if not rows:
        out = ranking.left_out
        more = f"; and {len(out) - 1} more" if len(out) > 1 else ""
        why = f"{out[0].model}: {out[0].left_out}{more}" if out else "it has no rows"
        raise TreatmentError(
            f"{board.name}: no row has a rank under the {ranking.mean} mean and"
            f" {treatment.name} ({why}); try another treatment"
        )
    matrix = treat(board, treatment, p)
    positions = np.array([row.position for row in rows], dtype=np.int64)
    tasks, task_of = _tasks(board, treatment, p, matrix.columns)
    return Contest(
        ranking=ranking,
        positions=positions,
        models=tuple(row.model for row in rows),
        values=np.ascontiguousarray(matrix.values[positions] + matrix.shift),
        tasks=tasks,
        task_of=task_of,
        shift=matrix.shift,
        tolerance=TIE * matrix.unit,
        scores=np.array([row.score for row in rows], dtype=np.float64),
        ranks=np.array([row.rank for row in rows], dtype=np.int64),
    )


def contests(
    board: Board, treatment: Treatment, means: Mapping[str, float] = MEANS
) -> dict[str, Contest]:
    """Return the contest of each mean."""
    if not means:
        raise TreatmentError("means must name at least one mean")
    return {name: contest(board, treatment, p) for name, p in means.items()}


def _tasks(
    board: Board, treatment: Treatment, p: float, kept: tuple[str, ...]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the tasks behind the entering columns, and each column's."""
    columns = [board.columns[j] for j in counted(board, treatment, p)]
    names, weights = groups(columns, treatment)
    task_by_name = {}
    for g, name in enumerate(names):
        first = columns[int(np.flatnonzero(weights[:, g])[0])]
        together = treatment.splits == "once" and first.split_of is not None
        task_by_name[name] = (first.split_of or "") if together else first.task
    tasks = tuple(dict.fromkeys(task_by_name[name] for name in kept))
    place = {task: i for i, task in enumerate(tasks)}
    return tasks, np.array([place[task_by_name[name]] for name in kept], dtype=np.int64)
