"""Queries of the leaderboard page: the list of boards, and the numbers of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from dashboard.queries.frame import frame
from db.errors import StoreError
from evaluators.averaging import Board, board_from_tables

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_BOARDS = """
    SELECT b.board, b.snapshot, b.board_id, b.content_digest, b.title, b.source, b.retrieved,
        b.licence, b.notes,
        count(*) AS models, count(*) FILTER (WHERE m.is_human) AS humans
    FROM current_boards AS b JOIN leaderboard_rows AS m ON m.board_id = b.board_id
    GROUP BY ALL ORDER BY b.board, b.snapshot DESC
"""

_ONE = """
    SELECT board_id, title, notes FROM current_boards
    WHERE board = :board AND snapshot = :snapshot
"""

_COLUMNS = "SELECT * FROM leaderboard_columns WHERE board_id = :board_id"
_ROWS = "SELECT * FROM leaderboard_rows WHERE board_id = :board_id"
_CELLS = """
    SELECT model_position, column_position, value, suspect, suspect_reason
    FROM leaderboard_cells WHERE board_id = :board_id
"""
_FACTS = "SELECT * FROM leaderboard_facts WHERE board_id = :board_id"


def boards(connection: Connection) -> pd.DataFrame:
    """Return each leaderboard snapshot with its size, newest of a board first."""
    return frame(connection, _BOARDS)


def board(connection: Connection, name: str, snapshot: str) -> Board:
    """Return one snapshot, as `evaluators.averaging` ranks it.

    Raises:
        StoreError: If it is not there, or a score does not say what a perfect one is.
    """
    found = frame(connection, _ONE, board=name, snapshot=snapshot)
    if found.empty:
        raise StoreError(f"leaderboard {name!r} has no snapshot {snapshot!r} in the store")
    board_id = str(found.board_id[0])
    columns = frame(connection, _COLUMNS, board_id=board_id)
    without_unit = columns.column_name[columns.unit_max.isna() & columns.higher_is_better]
    if len(without_unit):
        raise StoreError(
            f"leaderboard {name} {snapshot} does not say what a perfect score of"
            f" {without_unit.iloc[0]} is: import it again with a unit for every column"
        )
    cells = frame(connection, _CELLS, board_id=board_id)
    return board_from_tables(
        name,
        snapshot,
        _mappings(columns),
        _mappings(frame(connection, _ROWS, board_id=board_id)),
        {str(name): cells[name].tolist() for name in cells},
        _mappings(frame(connection, _FACTS, board_id=board_id)),
        title=_text(found.title[0]) or name,
        notes=_text(found.notes[0]),
    )


def _mappings(table: pd.DataFrame) -> list[dict[str, Any]]:
    # pandas allows any hashable name; those of a query's columns are text.
    return cast("list[dict[str, Any]]", table.to_dict("records"))


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
