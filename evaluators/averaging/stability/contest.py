"""The ranked rows of a board and their tasks as numbers, the input of all stability analyses."""

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
    """The ranked rows of a board under a treatment and one p.

    A row without a rank (a gap, or a value that leaves the mean undefined) takes no part, even
    where a resample leaves its faulty cell out: all resamples rank the same models.

    Attributes:
        ranking: The ranking itself, with the rows left out and the reasons.
        positions: (n,) rows on the board, in board order.
        models: n names.
        values: (n, g) averaged entries, with the treatment's shift; NaN does not enter.
        tasks: k names, in the order of the columns.
        task_of: (g,) the task of each column, as a position in `tasks`.
        shift: Subtracted from the mean.
        tolerance: Largest difference of two tied scores.
        scores: (n,) the scores of the ranking.
        ranks: (n,) the ranks of the ranking.
        weights: (g,) weights of the columns, above 0; ones where all weigh the same.
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
    weights: NDArray[np.float64]

    @property
    def p(self) -> float:
        """The exponent."""
        return self.ranking.p

    def row(self, position: int) -> int:
        """Return the position, among the ranked rows, of a row of the board.

        Raises:
            TreatmentError: If it has no rank, with the reason.
        """
        rows = np.flatnonzero(self.positions == position)
        if len(rows):
            return int(rows[0])
        row = next(row for row in self.ranking.rows if row.position == position)
        raise TreatmentError(
            f"{row.model} has no rank under the {self.ranking.mean} mean: {row.left_out}"
        )

    def columns_of(self, tasks: NDArray[Any]) -> NDArray[np.float64]:
        """Return each column's weight (…, g) times the factor or count of its task (…, k)."""
        return np.asarray(tasks[..., self.task_of] * self.weights, dtype=np.float64)

    @property
    def task_weights(self) -> NDArray[np.float64]:
        """(k,) the weight of each task, that of its columns together."""
        return np.asarray(
            np.bincount(self.task_of, weights=self.weights, minlength=len(self.tasks)), np.float64
        )


def contest(board: Board, treatment: Treatment, p: float = 1.0) -> Contest:
    """Return the ranked rows of a board and the tasks they are ranked by.

    A task is resampled, dropped or weighted as a whole: under `per-metric` the metrics of a task
    stay together, and where sub-splits count once, so do these.

    Raises:
        TreatmentError: If the board cannot be ranked like that, or no row has a rank.
    """
    ranking = rank(board, treatment, p)
    rows = sorted(ranking.ranked, key=lambda row: row.position)
    if not rows:
        out = ranking.left_out
        more = f"; and {len(out) - 1} more" if len(out) > 1 else ""
        reason = f"{out[0].model}: {out[0].left_out}{more}" if out else "it has no rows"
        raise TreatmentError(
            f"{board.name}: no row has a rank under the {ranking.mean} mean and"
            f" {treatment.name} ({reason}); try another treatment"
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
        weights=np.ones(len(matrix.columns)) if matrix.weights is None else matrix.weights,
    )


def contests(
    board: Board, treatment: Treatment, means: Mapping[str, float] = MEANS
) -> dict[str, Contest]:
    """Return the contest of each mean."""
    if not means:
        raise TreatmentError("means must name at least one mean")
    return {name: contest(board, treatment, p) for name, p in means.items()}


def _tasks(
    board: Board, treatment: Treatment, p: float, entering: tuple[str, ...]
) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the tasks of the entering columns, and the position of each column's task."""
    if treatment.nesting == "by-type":  # types enter the mean, so types are drawn
        return entering, np.arange(len(entering), dtype=np.int64)
    columns = [board.columns[j] for j in counted(board, treatment, p)]
    names, weights = groups(columns, treatment)
    task_by_name = {}
    for g, name in enumerate(names):
        first = columns[int(np.flatnonzero(weights[:, g])[0])]
        together = treatment.splits == "once" and first.split_of is not None
        task_by_name[name] = (first.split_of or "") if together else first.task
    tasks = tuple(dict.fromkeys(task_by_name[name] for name in entering))
    place = {task: i for i, task in enumerate(tasks)}
    return tasks, np.array([place[task_by_name[name]] for name in entering], dtype=np.int64)
