"""Find modules by name: list the files of a package, and import only the requested one.

Plans and the command line call the file `mean_rank.py` `mean-rank`. Folders, and files whose names
begin with `_`, are parts of others. There is no list to maintain.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from evaluators.names import validate_known


def files(package: str) -> tuple[str, ...]:
    """Return the module names of a package's files, sorted, without importing them.

    Its folders are read once in the life of a process.
    """
    return files_in(tuple(import_module(package).__path__))


@cache
def files_in(folders: tuple[str, ...]) -> tuple[str, ...]:
    """Return the module names of the files in a package's folders, sorted."""
    return tuple(
        sorted(
            module.name
            for module in iter_modules(folders)
            if not module.ispkg and not module.name.startswith("_")
        )
    )


def names(package: str) -> tuple[str, ...]:
    """Return the names of a package's files as in plans, with - for _."""
    return _names(files(package))


@cache
def _names(found: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(sorted(file.replace("_", "-") for file in found))


def load(package: str, name: str) -> ModuleType:
    """Import a known file by its name, with either - or _."""
    return import_module(f"{package}.{name.replace('-', '_')}")


def find(package: str, kind: str, name: str) -> ModuleType:
    """Validate the name of a file as in plans, and import the file.

    Args:
        package: The folder, as a dotted name.
        kind: Kind of its files, for the message: `rule`, `claim`.
        name: As in `names`.

    Raises:
        UnknownNameError: The name is unknown; the message gives the nearest one.
    """
    validate_known(kind, [name], names(package))
    return load(package, name)
