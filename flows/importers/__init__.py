"""How do foreign leaderboards get in? One format a file, found by its name.

A format is a module with a docstring, `OPTIONS` (click options of its own) and
`read(path, asked, **own) -> Imported`; one with a leading underscore is a part of another. Nothing
else knows which formats there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from evaluators import discovery

if TYPE_CHECKING:
    import click

    from flows.importers._draft import Asked, Imported


class Importer(Protocol):
    """The protocol of a format's module."""

    __doc__: str
    OPTIONS: Sequence[click.Option]

    def read(self, path: Path, asked: Asked, **own: Any) -> Imported:
        """Read a file or folder into a board, or raise `LeaderboardError`."""


def names() -> tuple[str, ...]:
    """Return the formats as the command line writes them."""
    return discovery.names(__name__)


def find(name: str) -> Importer:
    """Return the module of a format.

    Raises:
        UnknownNameError: With the nearest known one.
    """
    return cast(Importer, discovery.find(__name__, "import format", name))
