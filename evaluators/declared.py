"""Declarations, one a file, found by the file's name: how the folders of tasks work.

File name and declared name agree once case, `-` and `_` are left out, so a name is found without
importing the other files and there is no list to keep in step.
"""

from __future__ import annotations

import difflib
import re
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, TypeVar

from evaluators.errors import DatasetError


class Named(Protocol):
    """What is declared has a name."""

    @property
    def name(self) -> str:
        """The name it is found by."""


Declared = TypeVar("Declared", bound=Named)


def key(name: str) -> str:
    """Return what is left of a name to compare files with."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def files(package: str) -> dict[str, str]:
    """Return the module names of a folder by their keys."""
    path = import_module(package).__path__
    return {key(module.name): module.name for module in iter_modules(path)}


def names(package: str, kind: type[Declared]) -> tuple[str, ...]:
    """Return the names declared in a folder, sorted without regard to case.

    Raises:
        DatasetError: A file in it declares no task, or one of another name.
    """
    found = (_declared(package, kind, file).name for file in files(package).values())
    return tuple(sorted(found, key=str.lower))


def find(package: str, kind: type[Declared], name: str, manual: str) -> Declared:
    """Return what is declared under a name.

    Args:
        package: The folder, as a dotted name.
        kind: The class of `TASK` in each file.
        name: The exact name.
        manual: The page that says how to add one.

    Raises:
        DatasetError: There is none; the message gives the nearest names.
    """
    file = files(package).get(key(name))
    if file is not None:
        task = _declared(package, kind, file)
        if task.name == name:
            return task
        raise DatasetError(f"no task is called {name!r}; did you mean {task.name!r}?")
    by_key = {key(known): known for known in names(package, kind)}
    near = [by_key[one] for one in difflib.get_close_matches(key(name), by_key, n=3, cutoff=0.5)]
    hint = f"nearest: {', '.join(near)}" if near else f"known: {', '.join(by_key.values())}"
    raise DatasetError(
        f"no task is called {name!r}; {hint}. A new one is one file in "
        f"{package.replace('.', '/')} ({manual})"
    )


def _declared(package: str, kind: type[Declared], file: str) -> Declared:
    where = f"{package.replace('.', '/')}/{file}.py"
    task = getattr(import_module(f"{package}.{file}"), "TASK", None)
    if not isinstance(task, kind):
        raise DatasetError(f"{where} declares no task: write `TASK = {kind.__name__}(...)` in it")
    if key(task.name) != key(file):
        raise DatasetError(
            f"{where} declares {task.name!r}: name the file after the task, "
            "lower case, with _ between words"
        )
    return task
