"""How do boards get out? One shared form a file, found by its name.

A form is a module with a docstring and `write(outgoing, folder) -> int`, which returns how many
files it wrote; one with a leading underscore is a part of others. What a form writes, the importer
of that form reads again: the same models, tasks, metrics and scores.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, cast

from evaluators import discovery

if TYPE_CHECKING:
    from flows.exporters._outgoing import Outgoing


class Exporter(Protocol):
    """The protocol of a form's module."""

    __doc__: str

    def write(self, outgoing: Outgoing, folder: Path) -> int:
        """Write a board into an empty folder, and return how many files."""


def names() -> tuple[str, ...]:
    """Return the forms as the command line writes them."""
    return discovery.names(__name__)


def find(name: str) -> Exporter:
    """Return the module of a form.

    Raises:
        UnknownNameError: With the nearest known one.
    """
    return cast(Exporter, discovery.find(__name__, "export form", name))
