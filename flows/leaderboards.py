"""Leaderboards: read from the bundled files, kept and ranked in the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.averaging import MEANS, TREATMENTS, Board, rank
from flows.board_files import ROOT, boards, find_board, read_board

if TYPE_CHECKING:
    from db.leaderboards import BoardKey
    from db.rows import RankingRow
    from db.store import Store

__all__ = ["ROOT", "boards", "find_board", "read_board"]
__all__ += ["known_boards", "load_board", "store_boards", "store_leaderboards", "store_ranks"]


def known_boards() -> Mapping[str, tuple[str, ...]]:
    """Return the snapshots, oldest first, of every board that a command can name."""
    return boards()


def load_board(name: str, snapshot: str | None = None) -> Board:
    """Return one snapshot of a board, the latest where None.

    Raises:
        LeaderboardError: If there is no such board or snapshot, with what there is.
    """
    return read_board(name, snapshot)


def store_boards(
    store: Store, names: Iterable[str] | None = None, *, root: Path = ROOT
) -> dict[BoardKey, str]:
    """Keep every snapshot of these boards (all where None) that is new or has changed.

    Returns:
        The board_id by board and snapshot.

    Raises:
        LeaderboardError: If a board is unknown or its files are faulty; then nothing is written.
        StoreBusy: When the store stayed locked.
    """
    from db.leaderboards import write_boards
    from flows.board_rows import board_rows

    rows = []
    for board in _every(names, root):
        spec, _ = find_board(board.name, board.snapshot, root=root)
        said = spec.snapshots[board.snapshot]
        rows.append(
            board_rows(board, source=said.source, licence=said.licence, retrieved=said.dated)
        )
    return write_boards(store, rows)


def store_ranks(store: Store, board: Board, board_id: str) -> int:
    """Keep a board's ranks under every treatment that always exists and the three means.

    Returns:
        How many rankings were new or had changed.
    """
    from db.leaderboards import write_rankings

    return write_rankings(store, _rankings(board, board_id))


def store_leaderboards(
    store: Store, names: Iterable[str] | None = None, *, root: Path = ROOT
) -> int:
    """Keep these boards (all where None) and their ranks, in one short transaction each.

    Returns:
        How many rankings were new or had changed.
    """
    from db.leaderboards import BoardKey, write_rankings

    names = None if names is None else tuple(names)
    kept = store_boards(store, names, root=root)
    rankings = [
        ranking
        for board in _every(names, root)
        for ranking in _rankings(board, kept[BoardKey(board.name, board.snapshot)])
    ]
    return write_rankings(store, rankings)


def _every(names: Iterable[str] | None, root: Path) -> list[Board]:
    known = boards(root)
    wanted = known if names is None else names
    return [
        read_board(name, snapshot, root=root)
        for name in wanted
        for snapshot in known.get(name, (None,))  # an unknown name is refused when it is read
    ]


def _rankings(board: Board, board_id: str) -> list[RankingRow]:
    from flows.board_rows import ranking_row

    return [
        ranking_row(rank(board, treatment, p), board_id)
        for treatment in TREATMENTS.values()
        for p in MEANS.values()
    ]
