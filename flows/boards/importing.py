"""Import a foreign board: read and validate it, and write it with its ranks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from flows.boards.spec import BoardSpec
from flows.errors import LeaderboardError
from flows.importers._columns import earlier
from flows.importers._draft import Asked, Imported

if TYPE_CHECKING:
    from db.store import Store


_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")


@dataclass(frozen=True)
class Kept:
    """The outcome of an import.

    Attributes:
        imported: The board, its source and the notes on the import.
        outcome: `new`, `superseded` (an earlier import of this snapshot), `unchanged`, or
            `dry run`.
        rankings: How many rankings were written.
    """

    imported: Imported
    outcome: str
    rankings: int = 0


def import_board(
    store: Store,
    form: str,
    path: Path,
    asked: Asked,
    options: Mapping[str, Any] | None = None,
    *,
    dry_run: bool = False,
) -> Kept:
    """Import one snapshot of a board, with its ranks under every treatment.

    Args:
        store: Where to write; created, with the bundled facts, if it does not exist.
        form: The format: see `flows.importers.names`.
        path: The file or folder.
        asked: The options that all formats share.
        options: Options of the format's own.
        dry_run: Whether only to read and check.

    Raises:
        LeaderboardError: With all problems; nothing is then written.
        UnknownNameError: If there is no such format.
        StoreError: If the store cannot be used.
    """
    from flows import importers

    importer = importers.find(form)
    check_names(asked.board, asked.snapshot)
    spec, notes = _spec_for(asked)
    known = earlier(store, asked.board, asked.snapshot)
    imported = importer.read(path, replace(asked, spec=spec, known=known), **(options or {}))
    if not _DATE.fullmatch(asked.snapshot):
        notes.append(f"{asked.snapshot!r} is not a date: snapshots are sorted by it as text")
    imported = replace(imported, notes=(*imported.notes, *notes))
    if dry_run:
        return Kept(imported, "dry run")
    outcome, rankings = keep(store, imported)
    return Kept(imported, outcome, rankings)


def keep(store: Store, imported: Imported) -> tuple[str, int]:
    """Write a board and its ranks in one transaction, if they changed.

    Returns:
        `new`, `superseded` or `unchanged`, and how many rankings were written.
    """
    from db.leaderboards import write_ranked_board
    from flows.boards.facts import publish_facts
    from flows.boards.leaderboards import rankings_of
    from flows.boards.stored import board_rows

    store.release()  # ranking a large board takes a second
    row = board_rows(
        imported.board,
        source=imported.source,
        licence=imported.licence,
        retrieved=imported.dated,
    )
    rankings = rankings_of(imported.board, "")
    if not store.exists():
        publish_facts(store)
    written = write_ranked_board(store, row, rankings)
    return written.outcome, written.rankings


def _spec_for(asked: Asked) -> tuple[BoardSpec | None, list[str]]:
    """Return the column spec under this board's name, and a note if renamed."""
    spec = asked.spec
    if spec is None or spec.name == asked.board:
        return spec, []
    of_board = {"name": asked.board, "title": asked.board, "snapshots": {}}
    return spec.model_copy(update=of_board), [f"columns as the spec of {spec.name!r} has them"]


def check_names(board: str, snapshot: str) -> None:
    """Validate the names of a board and its snapshot.

    Raises:
        LeaderboardError: If a name is invalid or reserved, or the snapshot is a bundled one.
    """
    from flows.boards.board_file import boards
    from flows.boards.stored import PREFIX

    for noun, name in (("board", board), ("snapshot", snapshot)):
        if not _NAME.fullmatch(name):
            raise LeaderboardError(
                f"{noun} {name!r}: use letters, digits, '.', '-' and '_', as in openllm-v2"
                " or 2024-07-13"
            )
    if board.startswith(PREFIX):
        raise LeaderboardError(
            f"board {board!r}: {PREFIX}… is reserved for rankcheck's own measurements; use"
            " another name"
        )
    if snapshot in boards().get(board, ()):
        raise LeaderboardError(
            f"{board} {snapshot} ships with rankcheck and is not overwritten: give another"
            " --snapshot, or another --board"
        )
