"""Find the training runs of a board: rows that are steps of one run, and their curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import Board, Treatment, rank, treat
from evaluators.errors import TreatmentError
from evaluators.names import UnknownNameError

MEAN = "mean"
"""Name of the curve of the mean over all tasks."""

WHAT_MAKES_ONE = (
    "a trajectory is at least two rows of one training run at different steps. Importers read run"
    " and step from names and revisions such as step1000, checkpoint-500 or global_step20, from"
    " the columns trajectory and step of a CSV file, and from --trajectory PATTERN"
)


@dataclass(frozen=True)
class TrainingRun:
    """The rows of a board that are steps of one training run.

    Attributes:
        name: The run.
        positions: Rows of the board, by ascending step.
        steps: Their steps, all different.
        without_step: Names of rows that belong to the run and do not say their step.
    """

    name: str
    positions: tuple[int, ...]
    steps: tuple[float, ...]
    without_step: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Curve:
    """The scores of one task along a training run.

    Attributes:
        run: The run.
        task: The task, or `MEAN`.
        steps: (n,) ascending.
        scores: (n,) finite, more is better.
    """

    run: str
    task: str
    steps: NDArray[np.float64]
    scores: NDArray[np.float64]


@dataclass(frozen=True)
class BoardCurves:
    """The curves of a board under a treatment and a mean.

    Attributes:
        runs: The runs, in board order.
        curves: For each run the mean over all tasks, where it has one, and each task.
        left_out: (row, reason) of each step without a mean.
        columns: Number of tasks that the mean averages.
    """

    runs: tuple[TrainingRun, ...]
    curves: tuple[Curve, ...]
    left_out: tuple[tuple[str, str], ...]
    columns: int


def training_runs(board: Board) -> tuple[TrainingRun, ...]:
    """Return the training runs of which a board has at least two steps, in board order.

    Raises:
        TreatmentError: Two rows say that they are the same step of one run.
    """
    members: dict[str, dict[float, int]] = {}
    unknown: dict[str, list[str]] = {}
    for i, facts in enumerate(board.facts):
        if "trajectory" not in facts:
            continue
        run = str(facts["trajectory"].value)
        if "step" not in facts:
            unknown.setdefault(run, []).append(board.models[i])
            continue
        step = float(facts["step"].value)
        other = members.setdefault(run, {}).setdefault(step, i)
        if other != i:
            raise TreatmentError(
                f"{board.name}: {board.models[other]} and {board.models[i]} are both step"
                f" {step:.15g} of {run}; import them again with --trajectory PATTERN, which tells"
                " their runs apart"
            )
    return tuple(
        TrainingRun(
            name=run,
            positions=tuple(by_step[step] for step in sorted(by_step)),
            steps=tuple(sorted(by_step)),
            without_step=tuple(unknown.get(run, ())),
        )
        for run, by_step in members.items()
        if len(by_step) > 1
    )


def board_curves(
    board: Board,
    treatment: Treatment,
    p: float = 1.0,
    *,
    run: str | None = None,
    tasks: Sequence[str] = (),
) -> BoardCurves:
    """Return the curves of a board's training runs.

    Other rows of the board take no part: a task that they lack is averaged.

    Args:
        board: Models × task metrics.
        treatment: Turns cells into the tasks that are averaged.
        p: Exponent of the mean.
        run: The only run; None for all.
        tasks: The only curves, by the names of tasks or `MEAN`; empty for all.

    Raises:
        TreatmentError: The board has no training run, or cannot be ranked like that.
        UnknownNameError: No run or task has that name.
    """
    runs = training_runs(board)
    if not runs:
        raise TreatmentError(f"{board.name} {board.snapshot} has no trajectory: {WHAT_MAKES_ONE}")
    if run is not None:
        named = [each for each in runs if each.name == run]
        if not named:
            raise UnknownNameError("training run", run, [each.name for each in runs])
        runs = tuple(named)
    steps_only = board.take(models=[i for each in runs for i in each.positions])
    matrix = treat(steps_only, treatment, p)
    names = (MEAN, *matrix.columns)
    for task in tasks:
        if task not in names:
            raise UnknownNameError("task", task, names)
    ranking = rank(steps_only, treatment, p)
    means = np.full(len(steps_only.models), np.nan)
    for row in ranking.ranked:
        means[row.position] = row.score
    values = np.column_stack([means, matrix.values])
    curves, start = [], 0
    for each in runs:
        of_run = values[start : start + len(each.steps)]
        start += len(each.steps)
        for name, scores in zip(names, of_run.T, strict=True):
            there = np.isfinite(scores)
            if there.sum() > 1 and (not tasks or name in tasks):
                curves.append(Curve(each.name, name, np.array(each.steps)[there], scores[there]))
    return BoardCurves(
        runs=runs,
        curves=tuple(curves),
        left_out=tuple((row.model, row.left_out or "") for row in ranking.left_out),
        columns=len(matrix.columns),
    )
