"""Find, rank and store leaderboards: bundled, imported and measured ones."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.averaging import MEANS, Board, Ranking, rank
from evaluators.averaging.matrix import standard_treatments
from evaluators.averaging.stability.tiers import MOST_AT_ONCE, Tiers, board_tiers
from evaluators.errors import TreatmentError
from evaluators.names import nearest
from flows.boards.board_file import ROOT, boards, find_board, read_board
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from db.leaderboards import BoardKey
    from db.rows import RankingRow
    from db.store import Store


__all__ = [
    "ROOT",
    "boards",
    "find_board",
    "known_boards",
    "load_board",
    "rankings_of",
    "read_board",
    "store_boards",
    "store_leaderboards",
    "store_ranks",
]


_LOG = logging.getLogger(__name__)


def known_boards(store: Store | None = None) -> Mapping[str, tuple[str, ...]]:
    """Return the snapshots, oldest first, of every board that a command can name.

    Bundled boards, and those that were imported or measured and are in the store.

    Args:
        store: The store; that of the settings where None.
    """
    by_name = {name: set(snapshots) for name, snapshots in boards().items()}
    for name, snapshots in _stored(store).items():
        by_name.setdefault(name, set()).update(snapshots)
    return {name: tuple(sorted(snapshots)) for name, snapshots in sorted(by_name.items())}


def load_board(name: str, snapshot: str | None = None, store: Store | None = None) -> Board:
    """Return one snapshot of a board, the latest if `snapshot` is None.

    A bundled board is read from its files, any other from the store.

    Args:
        name: The board.
        snapshot: The snapshot.
        store: The store; that of the settings where None.

    Raises:
        LeaderboardError: If there is no such board or snapshot; the message lists the known ones.
    """
    bundled = boards().get(name, ())
    if snapshot in bundled:
        return read_board(name, snapshot)
    known = known_boards(store)
    if name not in known:
        raise LeaderboardError(f"unknown leaderboard {name!r}{nearest(name, known)}")
    if not known[name]:
        return read_board(name, snapshot)
    chosen = snapshot or known[name][-1]
    if chosen not in known[name]:
        raise LeaderboardError(
            f"{name} has no snapshot {chosen!r}; it has {', '.join(known[name])}"
        )
    if chosen in bundled:
        return read_board(name, chosen)
    from db import open_store
    from flows.boards.stored import stored_board

    return stored_board(store or open_store(), name, chosen)


def _stored(store: Store | None) -> Mapping[str, tuple[str, ...]]:
    """Return the boards of the store; empty, with a warning, if it cannot be read."""
    from db import open_store
    from db.errors import StoreError
    from flows.boards.stored import stored_boards

    try:
        return stored_boards(store or open_store())
    except StoreError as error:
        _LOG.warning("only the bundled leaderboards are known: %s", error)
        return {}


def store_boards(
    store: Store, names: Iterable[str] | None = None, *, root: Path = ROOT
) -> dict[BoardKey, str]:
    """Write every new or changed snapshot of these boards (all if None).

    Returns:
        The board_id by board and snapshot.

    Raises:
        LeaderboardError: If a board is unknown or its files are faulty; then nothing is written.
        StoreBusy: When the store stayed locked.
    """
    return _store_boards(store, _read_boards(names, root), root)


def _store_boards(store: Store, read: Iterable[Board], root: Path) -> dict[BoardKey, str]:
    from db.leaderboards import write_boards
    from flows.boards.stored import board_rows

    rows = []
    for board in read:
        spec, _ = find_board(board.name, board.snapshot, root=root)
        description = spec.snapshots[board.snapshot]
        rows.append(
            board_rows(
                board,
                source=description.source,
                licence=description.licence,
                retrieved=description.dated,
            )
        )
    return write_boards(store, rows)


def store_ranks(store: Store, board: Board, board_id: str) -> int:
    """Write a board's ranks under every standard treatment and the three means.

    Returns:
        How many rankings were new or had changed.
    """
    from db.leaderboards import write_rankings

    return write_rankings(store, rankings_of(board, board_id))


def store_leaderboards(
    store: Store, names: Iterable[str] | None = None, *, root: Path = ROOT
) -> int:
    """Write these boards (all if None) and their ranks, in two transactions.

    Returns:
        How many rankings were new or had changed.
    """
    from db.leaderboards import BoardKey, write_rankings

    store.release()  # reading and ranking all boards takes seconds
    read = _read_boards(names, root)
    board_ids = _store_boards(store, read, root)
    store.release()
    rankings = [
        ranking
        for board in read
        for ranking in rankings_of(board, board_ids[BoardKey(board.name, board.snapshot)])
    ]
    return write_rankings(store, rankings)


def _read_boards(names: Iterable[str] | None, root: Path) -> list[Board]:
    known = boards(root)
    selected = known if names is None else names
    return [
        read_board(name, snapshot, root=root)
        for name in selected
        for snapshot in known.get(name, (None,))  # an unknown name is refused when it is read
    ]


def rankings_of(board: Board, board_id: str) -> list[RankingRow]:
    """Return a board's ranks under every standard treatment and the three means.

    Those of the default treatment have tiers, where the board can tell models apart.
    """
    from flows.boards.stored import ranking_row

    return [
        ranking_row(ranking, board_id, _tiers(board, ranking))
        for treatment in standard_treatments(board)
        for ranking in (rank(board, treatment, p) for p in MEANS.values())
    ]


def _tiers(board: Board, ranking: Ranking) -> Tiers | None:
    default = standard_treatments(board)[0]
    if ranking.treatment != default or not 1 < len(ranking.ranked) <= MOST_AT_ONCE:
        return None
    try:
        return board_tiers(board, ranking.treatment, ranking.p, seed=0)
    except TreatmentError:  # too few tasks
        return None
