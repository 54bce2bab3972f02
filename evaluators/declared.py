"""Find declarations of tasks, one in each file, by the file's name.

File name and declared name agree apart from case, `-` and `_`, so a name is found without importing
the other files, and there is no list to maintain.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Protocol, TypeVar

from evaluators import discovery
from evaluators.errors import DatasetError
from evaluators.names import UnknownNameError


class Named(Protocol):
    """A declaration with a name."""

    @property
    def name(self) -> str:
        """The name by which it is found."""


Declared = TypeVar("Declared", bound=Named)


def key(name: str) -> str:
    """Return a name in lower case, letters and digits only, to compare it with files."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def files(package: str) -> dict[str, str]:
    """Return the module names of a folder by their keys."""
    return {key(file): file for file in discovery.files(package)}


def names(package: str, kind: type[Declared]) -> tuple[str, ...]:
    """Return the names declared in a folder, sorted without regard to case.

    Raises:
        DatasetError: A file in it declares no task, or one of another name.
    """
    declared = (_declared(package, kind, file).name for file in files(package).values())
    return tuple(sorted(declared, key=str.lower))


def find(package: str, kind: type[Declared], name: str, manual: str) -> Declared:
    """Return the declaration of a name.

    Args:
        package: The folder, as a dotted name.
        kind: The class of `TASK` in each file.
        name: The exact name.
        manual: The page of the manual on how to add one.

    Raises:
        DatasetError: The name is unknown; the message gives the nearest one.
    """
    file = files(package).get(key(name))
    if file is not None:
        task = _declared(package, kind, file)
        if task.name == name:
            return task
        raise DatasetError(str(UnknownNameError("task", name, [task.name])))
    message = str(UnknownNameError("task", name, names(package, kind)))
    end = "" if message.endswith("?") else "."
    raise DatasetError(
        f"{message}{end} A new one is one file in {package.replace('.', '/')} ({manual})"
    )


def _declared(package: str, kind: type[Declared], file: str) -> Declared:
    file_name = f"{package.replace('.', '/')}/{file}.py"
    task = getattr(discovery.load(package, file), "TASK", None)
    if not isinstance(task, kind):
        raise DatasetError(
            f"{file_name} declares no task: write `TASK = {kind.__name__}(...)` in it"
        )
    if key(task.name) != key(file):
        raise DatasetError(
            f"{file_name} declares {task.name!r}: name the file after the task, "
            "lower case, with _ between words"
        )
    return task
