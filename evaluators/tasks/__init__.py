"""The tasks: one declaration a file, found by the file's name.

A file `sts_benchmark.py` with `TASK = PairTask(name="STSBenchmark", ...)` is all there is to a
task. File name and task name agree once case, `-` and `_` are left out, so a name is found
without importing the other tasks and there is no list to keep in step.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from evaluators.errors import DatasetError
from evaluators.task import PairTask

__all__ = ["find", "names"]


def _key(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _files() -> dict[str, str]:
    return {_key(module.name): module.name for module in iter_modules(__path__)}


def _declared(file: str) -> PairTask:
    task = getattr(import_module(f"{__name__}.{file}"), "TASK", None)
    if not isinstance(task, PairTask):
        raise DatasetError(
            f"evaluators/tasks/{file}.py declares no task: write `TASK = PairTask(...)` in it"
        )
    if _key(task.name) != _key(file):
        raise DatasetError(
            f"evaluators/tasks/{file}.py declares {task.name!r}: name the file after the task, "
            "lower case, with _ between words"
        )
    return task


def names() -> tuple[str, ...]:
    """Return the names of all tasks, sorted without regard to case.

    Raises:
        DatasetError: If a file in this folder declares no task, or one of another name.
    """
    return tuple(sorted((_declared(file).name for file in _files().values()), key=str.lower))


def find(name: str) -> PairTask:
    """Return the task of a name.

    Args:
        name: The exact name, `STSBenchmark` for example.

    Raises:
        DatasetError: If there is no such task; the message gives the nearest names.
    """
    file = _files().get(_key(name))
    if file is not None:
        task = _declared(file)
        if task.name == name:
            return task
        raise DatasetError(f"no task is called {name!r}; did you mean {task.name!r}?")
    by_key = {_key(known): known for known in names()}
    near = [by_key[key] for key in difflib.get_close_matches(_key(name), by_key, n=3, cutoff=0.5)]
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(by_key.values())}"
    raise DatasetError(
        f"no task is called {name!r}; {hint}. A new one is one file in evaluators/tasks "
        "(docs/datasets.md)"
    )
