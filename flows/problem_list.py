"""Everything that is wrong with a file, said at once rather than one fault a try."""

from __future__ import annotations

from pathlib import Path

from db.table_text import escape_control
from flows.errors import LeaderboardError

SHOWN = 20
"""How many problems a message lists; the rest is counted."""


class Problems:
    """Collects what is wrong with one file or folder.

    Attributes:
        path: What is being read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._found: dict[str, None] = {}

    def add(self, where: str, what: str) -> None:
        """Note a problem and its place: `row 3 (BERT), CoLA`, or empty for the whole file."""
        self._found[escape_control(f"{where}: {what}" if where else what)] = None

    def stop_if_any(self) -> None:
        """Raise what was found.

        Raises:
            LeaderboardError: Listing the first problems, and how many there are.
        """
        found = list(self._found)
        if len(found) == 1:
            raise LeaderboardError(f"{self.path}, {found[0]}")
        if found:
            more = [f"  and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
            lines = [f"  {problem}" for problem in found[:SHOWN]]
            head = f"{self.path} has {len(found)} problems, so nothing is taken from it:"
            raise LeaderboardError("\n".join([head, *lines, *more]))
