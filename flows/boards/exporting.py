"""Export a board: load it with what is known of its cells, and write it in one form."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.atomic import new_folder
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from db.store import Store


def export_board(
    name: str, snapshot: str | None, form: str, folder: Path, store: Store | None = None
) -> tuple[int, list[str]]:
    """Write one snapshot of a board into an empty folder.

    Args:
        name: The board.
        snapshot: The snapshot; the latest if None.
        form: The form: see `flows.exporters.names`.
        folder: Where to write; created if it does not exist.
        store: The store; that of the settings where None.

    Returns:
        How many files were written, and notes on what they do not contain.

    Raises:
        LeaderboardError: There is no such board, it has no scores, or the folder is not empty or
            cannot be written.
        UnknownNameError: There is no such form.
    """
    from db import open_store
    from flows import exporters
    from flows.boards.leaderboards import load_board
    from flows.boards.measured import measured_intervals
    from flows.boards.stored import PREFIX
    from flows.exporters._outgoing import outgoing

    store = store or open_store()
    exporter = exporters.find(form)
    board = load_board(name, snapshot, store)
    folder = folder.absolute()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise LeaderboardError(f"{folder} is not an empty folder: give a new one")
    measured = board.name.startswith(PREFIX)
    intervals = measured_intervals(store, board) if measured else {}
    result = outgoing(board, intervals, measured=measured)
    try:
        with new_folder(folder) as new:
            count = exporter.write(result, new)
    except OSError as error:
        raise LeaderboardError(f"{folder} cannot be written: {error.strerror}") from error
    return count, result.notes
