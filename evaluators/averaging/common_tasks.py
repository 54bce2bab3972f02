"""Find the tasks that most models of a board with gaps have in common."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.board import Board

MOST = 0.5
"""The share of the models that must have every task of the set."""


def task_of(board: Board, j: int) -> str:
    """Return the task of a column, or the task of which it is a sub-split."""
    return board.columns[j].split_of or board.columns[j].task


def complete_cells(board: Board) -> tuple[tuple[str, ...], NDArray[np.bool_]]:
    """Return the k tasks that count, and (n, k) whether a model has all their main cells."""
    columns = [j for j, column in enumerate(board.columns) if column.role == "main"]
    tasks = tuple(dict.fromkeys(task_of(board, j) for j in columns))
    known = ~np.isnan(board.values) & ~board.suspect_mask()
    has = np.ones((len(board.models), len(tasks)), dtype=np.bool_)
    for j in columns:
        has[:, tasks.index(task_of(board, j))] &= known[:, j]
    return tasks, has


def common_tasks(board: Board, most: float = MOST) -> tuple[str, ...]:
    """Return the largest set of tasks found that a share of the models has completely.

    Finding the largest of all sets is NP-hard. Tasks are left out one by one: first the one
    without which most models become complete, among equals the one that most models lack. Those
    that fit come back at the end.

    Args:
        board: Models × task metrics; only main columns count.
        most: The share of models that must have every task.

    Returns:
        The tasks, in the board's order; empty where no task has that many models.
    """
    tasks, has = complete_cells(board)
    kept = np.ones(len(tasks), dtype=np.bool_)
    gaps = (~has).sum(axis=1)
    needed = most * len(board.models)
    while kept.any() and (gaps == 0).sum() < needed:
        lacking = ~has & kept
        completed = lacking[gaps == 1].sum(axis=0)
        order = np.lexsort((-lacking.sum(axis=0), -completed, ~kept))
        gaps -= lacking[:, order[0]]
        kept[order[0]] = False
    for task in np.argsort(-has.sum(axis=0), kind="stable"):  # some fit in again
        with_it = kept | (np.arange(len(tasks)) == task)
        if kept.any() and has[:, with_it].all(axis=1).sum() >= needed:
            kept = with_it
    return tuple(task for task, keep in zip(tasks, kept, strict=True) if keep)
