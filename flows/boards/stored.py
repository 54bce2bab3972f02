"""Convert boards and rankings to rows of the store, and read them back."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from db.rows import (
    BoardCellRow,
    BoardColumnRow,
    BoardFactRow,
    BoardModelRow,
    BoardRow,
    LeaderboardRow,
    RankingRow,
    RankRow,
)
from evaluators.averaging import Board, Ranking, board_from_tables
from evaluators.model_facts.facts import Fact
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from db.store import Store
    from evaluators.averaging.stability.tiers import Tiers


def board_rows(
    board: Board, *, source: str = "", licence: str | None = None, retrieved: str | None = None
) -> LeaderboardRow:
    """Return a board as rows of the store.

    Args:
        board: The board.
        source: Where the snapshot as a whole was read; its first row's source if empty.
        licence: Licence of the numbers.
        retrieved: The date of the numbers, or the date when they were read.
    """
    board_source = source or next(iter(board.sources), "") or "not stated"
    return LeaderboardRow(
        board=BoardRow(
            board=board.name,
            snapshot=board.snapshot,
            source=board_source,
            title=board.title or None,
            retrieved=retrieved or None,
            licence=licence or None,
            notes=board.notes or None,
        ),
        columns=tuple(
            BoardColumnRow(
                column_name=column.name,
                task=column.task,
                metric=column.metric,
                role=column.role,
                split_of=column.split_of,
                type=column.type,
                unit_max=column.unit_max if column.bounded else None,
                higher_is_better=column.higher_is_better,
                languages=",".join(column.languages) or None,
            )
            for column in board.columns
        ),
        models=tuple(
            BoardModelRow(
                model=model,
                submitted_by=board.submitted_by[i] or None,
                is_human=board.is_human[i],
                published_score=_or_none(float(board.published[i])),
                source=None if board.sources[i] in ("", board_source) else board.sources[i],
            )
            for i, model in enumerate(board.models)
        ),
        cells=tuple(
            BoardCellRow(
                model_position=i,
                column_position=j,
                value=value,
                suspect=(i, j) in board.suspect,
                suspect_reason=board.suspect.get((i, j)),
            )
            for i, row in enumerate(board.values.tolist())
            for j, value in enumerate(row)
            if not math.isnan(value)
        ),
        facts=tuple(
            _fact_row(i, name, fact, board.sources[i])
            for i, facts in enumerate(board.facts)
            for name, fact in facts.items()
        ),
    )


def _fact_row(position: int, name: str, fact: Fact, row_source: str) -> BoardFactRow:
    is_text = isinstance(fact.value, str)
    return BoardFactRow(
        model_position=position,
        fact=name,
        number=None if isinstance(fact.value, str) else float(fact.value),
        text=str(fact.value) if is_text else None,
        source=None if fact.source in ("", row_source) else fact.source,
    )


def ranking_row(ranking: Ranking, board_id: str, tiers: Tiers | None = None) -> RankingRow:
    """Return a ranking as rows of the store; rows left out have their reason."""
    groups = {} if tiers is None else _groups(tiers)
    return RankingRow(
        board_id=board_id,
        treatment=ranking.treatment.name,
        mean=ranking.mean,
        p=ranking.p,
        rows=tuple(
            RankRow(
                model_position=row.position,
                score=row.score,
                rank=row.rank,
                left_out_reason=row.left_out,
                flags=json.dumps(row.flags, ensure_ascii=False) if row.flags else None,
                **groups.get(row.position, {}),
            )
            for row in ranking.rows
        ),
    )


def _groups(tiers: Tiers) -> dict[int, dict[str, int]]:
    """Return tier and rank interval of each ranked row, by its position on the board."""
    return {
        int(position): {"tier": int(tier), "rank_low": int(low), "rank_high": int(high)}
        for position, tier, (low, high) in zip(
            tiers.contest.positions, tiers.tiers, tiers.rank_intervals, strict=True
        )
    }


def _or_none(number: float) -> float | None:
    return None if math.isnan(number) else number


PREFIX = "measured-"
"""Prefix of the names of measured boards; imports may not use it."""


def stored_boards(store: Store) -> dict[str, tuple[str, ...]]:
    """Return the snapshots of every stored board, oldest first; empty without a store.

    Raises:
        StoreError: If the store cannot be read.
    """
    if not store.exists():
        return {}
    by_name: dict[str, list[str]] = {}
    with store.read() as connection:
        query = "SELECT board, snapshot FROM current_boards ORDER BY board, snapshot"
        for name, snapshot in connection.exec_driver_sql(query):
            by_name.setdefault(name, []).append(snapshot)
    return {name: tuple(snapshots) for name, snapshots in by_name.items()}


def described(store: Store, name: str, snapshot: str) -> dict[str, Any]:
    """Return what is known of a stored snapshot: its digest, source, date, licence and notes.

    Raises:
        LeaderboardError: If it is not stored.
        StoreError: If the store cannot be read.
    """
    query = "SELECT * FROM current_boards WHERE board = $1 AND snapshot = $2"
    with store.read() as connection:
        found = _rows(connection, query, name, snapshot)
    if not found:
        raise LeaderboardError(f"the store has no snapshot {snapshot!r} of {name!r}")
    return dict(found[0])


def stored_board(store: Store, name: str, snapshot: str) -> Board:
    """Return one stored snapshot as a board.

    Raises:
        LeaderboardError: If it is not stored, or a column has no perfect score.
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
        found = connection.exec_driver_sql(
            "SELECT model_position, column_position, value, suspect, suspect_reason"
            " FROM leaderboard_cells WHERE board_id = $1",
            (board_id,),
        )
        by_row = found.all()
        cells = {name: [row[place] for row in by_row] for place, name in enumerate(found.keys())}
        facts = _rows(connection, "SELECT * FROM leaderboard_facts WHERE board_id = $1", board_id)
    for column in columns:
        if column["unit_max"] is None and column["higher_is_better"]:
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
        facts,
        title=head[0]["title"] or name,
        notes=head[0]["notes"] or "",
    )


def _rows(connection: Connection, query: str, *values: str) -> list[Mapping[str, Any]]:
    return [dict(row) for row in connection.exec_driver_sql(query, values).mappings()]
