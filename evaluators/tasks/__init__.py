"""Which tasks of sentence pairs are there? One declaration a file, found by its name.

A file `sts_benchmark.py` with `TASK = PairTask(name="STSBenchmark", ...)` is all there is to a
task; see `evaluators.declared`.
"""

from __future__ import annotations

from evaluators import declared
from evaluators.task import PairTask, TaskType

__all__ = ["find", "names"]


def names(of_type: TaskType | None = None) -> tuple[str, ...]:
    """Return the names of all tasks, or of one type, sorted without regard to case.

    Raises:
        DatasetError: If a file in this folder declares no task, or one of another name.
    """
    found = declared.names(__name__, PairTask)
    return tuple(name for name in found if of_type in (None, find(name).type))


def find(name: str) -> PairTask:
    """Return the task of a name.

    Args:
        name: The exact name, `STSBenchmark` for example.

    Raises:
        DatasetError: If there is no such task; the message gives the nearest name.
    """
    return declared.find(__name__, PairTask, name, "docs/guides/add-a-task.md")
