"""What rankcheck measured itself as leaderboards like any other: models × tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from evaluators.averaging import Board
from flows.board_store import PREFIX, stored_board, stored_boards

if TYPE_CHECKING:
    from db.store import Store


def store_measured_boards(store: Store) -> int:
    """Keep what was measured as boards, with their ranks, where it changed since the last time.

    A snapshot is named by the day, UTC, of its newest run; a day whose numbers are those of the
    snapshot before makes none.

    Returns:
        How many boards were written.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from flows.importing.draft import Imported
    from flows.importing.keep import keep
    from flows.measured_clue import measured_clue
    from flows.measured_sts import measured_sts

    if not store.exists():
        return 0
    written = 0
    for board in (measured_sts(store), measured_clue(store)):
        if board is None:
            continue
        source = f"measured by rankcheck: see the view {board.name.removeprefix(PREFIX)}_scores"
        latest = _unless_unchanged(store, board)
        outcome, rankings = keep(store, Imported(latest, source, dated=latest.snapshot))
        written += int(outcome != "unchanged" or rankings > 0)
    return written


def _unless_unchanged(store: Store, board: Board) -> Board:
    """Return the newest snapshot where it has the same numbers."""
    for snapshot in stored_boards(store).get(board.name, ())[-1:]:
        before = stored_board(store, board.name, snapshot)
        if _same(before, board):
            return before
    return board


def _same(one: Board, other: Board) -> bool:
    return (
        one.models == other.models
        and one.columns == other.columns
        and np.array_equal(one.values, other.values, equal_nan=True)
    )
