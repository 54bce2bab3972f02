"""Boards that the store holds: imported, measured, or bundled ones of an earlier version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from evaluators.averaging import Board, board_from_tables
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.store import Store

PREFIX = "measured-"
"""How the names of measured boards begin; no import may take one."""


def stored_boards(store: Store) -> dict[str, tuple[str, ...]]:
    """Return the snapshots, oldest first, of every board of a store; none where there is none.

    Raises:
        StoreError: If the store cannot be read.
    """
    if not store.exists():
        return {}
    found: dict[str, list[str]] = {}
    with store.read() as connection:
        query = "SELECT board, snapshot FROM current_boards ORDER BY board, snapshot"
        for name, snapshot in connection.exec_driver_sql(query):
            found.setdefault(name, []).append(snapshot)
    return {name: tuple(snapshots) for name, snapshots in found.items()}


def stored_board(store: Store, name: str, snapshot: str) -> Board:
    """Return one snapshot as `evaluators.averaging` ranks it.

    Raises:
        LeaderboardError: If it is not there, or a column does not say what a perfect score is.
        StoreError: If the store cannot be read.
    """
    with store.read() as connection:
        head = _rows(
            connection,
            "SELECT board_id, title, notes, source FROM current_boards"
            " WHERE board = $1 AND snapshot = $2",
            name,
            snapshot,
        )
        if not head:
            raise LeaderboardError(f"the store has no snapshot {snapshot!r} of {name!r}")
        board_id = head[0]["board_id"]
        columns = _rows(
            connection, "SELECT * FROM leaderboard_columns WHERE board_id = $1", board_id
        )
        rows = _rows(connection, "SELECT * FROM leaderboard_rows WHERE board_id = $1", board_id)
        cells = _rows(
            connection,
            "SELECT model_position, column_position, value, suspect, suspect_reason"
            " FROM leaderboard_cells WHERE board_id = $1",
            board_id,
        )
    for column in columns:
        if column["unit_max"] is None:
            raise LeaderboardError(
                f"{name} {snapshot} does not say what a perfect score of {column['column_name']}"
                " is: import it again"
            )
    rows = [{**row, "source": row["source"] or head[0]["source"]} for row in rows]
    return board_from_tables(
        name,
        snapshot,
        columns,
        rows,
        cells,
        title=head[0]["title"] or name,
        notes=head[0]["notes"] or "",
    )


def _rows(connection: Connection, query: str, *values: str) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.exec_driver_sql(query, values).mappings()]
