"""One file each, found by name: what a folder holds, and the import of what is asked for alone.

A file `mean_rank.py` is what plans and the command line call `mean-rank`. A file whose name begins
with `_` and a folder are parts of others. There is no list to keep in step.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from types import ModuleType

from evaluators.names import validate_known


def files(package: str) -> tuple[str, ...]:
    """Return the names of a package's files as Python writes them, sorted; none is imported."""
    found = iter_modules(import_module(package).__path__)
    return tuple(
        sorted(each.name for each in found if not each.ispkg and not each.name.startswith("_"))
    )


def names(package: str) -> tuple[str, ...]:
    """Return the names of a package's files as plans write them, with - for _."""
    return tuple(sorted(file.replace("_", "-") for file in files(package)))


def load(package: str, name: str) -> ModuleType:
    """Import a file that is known to be there, by its name with either - or _."""
    return import_module(f"{package}.{name.replace('-', '_')}")


def find(package: str, kind: str, name: str) -> ModuleType:
    """Import a file by its name as plans write it.

    Args:
        package: The folder, as a dotted name.
        kind: What its files are, for the message: `rule`, `claim`.
        name: As in `names`.

    Raises:
        UnknownNameError: There is none of that name; the message gives the nearest one.
    """
    validate_known(kind, [name], names(package))
    return load(package, name)
