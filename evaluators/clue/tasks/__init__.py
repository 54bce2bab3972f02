"""The tasks of CLUE and FewCLUE: one file for each task, found by the file's name.

A task is a file such as `tnews.py` with `TASK = ClueTask(name="tnews", ...)`; see
`evaluators.declared`, and docs/guides/add-a-task.md for how to add one.
"""

from __future__ import annotations

from evaluators import declared
from evaluators.clue.task import ClueTask

__all__ = ["find", "names"]


def names() -> tuple[str, ...]:
    """Return the names of all tasks, sorted.

    Raises:
        DatasetError: A file in this folder declares no task, or one of another name.
    """
    return declared.names(__name__, ClueTask)


def find(name: str) -> ClueTask:
    """Return the task of a name.

    Args:
        name: The exact name, `fewclue-ocnli` for example.

    Raises:
        DatasetError: There is no such task; the message gives the nearest name.
    """
    return declared.find(__name__, ClueTask, name, "docs/guides/add-a-task.md")
