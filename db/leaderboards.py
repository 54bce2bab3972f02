"""Write leaderboards and their ranks, only if they changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from db.batch import insert, new_id
from db.plain import digest, json_text, now
from db.rows import LeaderboardRow, RankingRow, finite

if TYPE_CHECKING:
    import sqlalchemy as sa

    from db.store import Store


class BoardKey(NamedTuple):
    """The identity of a leaderboard snapshot."""

    board: str
    snapshot: str


class KeptBoard(NamedTuple):
    """The current import of a snapshot."""

    board_id: str
    content_digest: str


class RankingKey(NamedTuple):
    """The identity of a ranking."""

    board_id: str
    treatment: str
    mean: str


class Written(NamedTuple):
    """The outcome of writing a leaderboard.

    Attributes:
        board_id: The import that counts now.
        outcome: `new`, `superseded` (an earlier import of this snapshot) or `unchanged`.
        rankings: How many rankings were written.
    """

    board_id: str
    outcome: str
    rankings: int


def kept_boards(store: Store) -> dict[BoardKey, KeptBoard]:
    """Return the current import of each snapshot; empty without a store."""
    if not store.exists():
        return {}
    with store.read() as connection:
        return _current_boards(connection)


def write_boards(store: Store, boards: Sequence[LeaderboardRow]) -> dict[BoardKey, str]:
    """Write the leaderboards that differ from the current ones, in one transaction.

    Returns:
        The board_id of each, newly written or not.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used, or a number is not finite.
    """
    digests = [content_digest(board) for board in boards]

    def changed(current_boards: Mapping[BoardKey, KeptBoard]) -> list[int]:
        current = [current_boards.get(_key(board)) for board in boards]
        return [i for i, k in enumerate(current) if k is None or k.content_digest != digests[i]]

    def work(connection: sa.Connection) -> dict[BoardKey, KeptBoard]:
        for i in changed(_current_boards(connection)):
            _write_board(connection, boards[i], digests[i])
        return _current_boards(connection)

    # Most plan runs change no board: check first, without taking the lock.
    current = kept_boards(store)
    if changed(current):
        current = store.transact(work)
    return {_key(board): current[_key(board)].board_id for board in boards}


def write_board(store: Store, board: LeaderboardRow) -> str:
    """Write one leaderboard if it differs from the current one; return its board_id."""
    return write_boards(store, [board])[_key(board)]


def write_ranked_board(
    store: Store, board: LeaderboardRow, rankings: Sequence[RankingRow]
) -> Written:
    """Write one leaderboard and its rankings in one transaction, if they differ.

    Args:
        store: The store; created if it does not exist.
        board: The leaderboard.
        rankings: Its rankings; their own board_id is ignored.

    Returns:
        The outcome of the board, and how many rankings were written.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used, or a number is not finite.
    """
    content = content_digest(board)
    digests = [digest(_ranking_content(ranking)) for ranking in rankings]

    def current_and_changed(connection: sa.Connection) -> tuple[KeptBoard | None, list[int]]:
        current = _current_boards(connection).get(_key(board))
        if current is None or current.content_digest != content:
            return current, list(range(len(rankings)))
        current_rankings = _current_rankings(connection, [current.board_id])
        keys = [_ranking_key(replace(r, board_id=current.board_id)) for r in rankings]
        return current, [i for i, key in enumerate(keys) if current_rankings.get(key) != digests[i]]

    def work(connection: sa.Connection) -> Written:
        current, changed = current_and_changed(connection)
        if current is not None and current.content_digest == content:
            board_id, outcome = current.board_id, "unchanged"
        else:
            board_id = _write_board(connection, board, content)
            outcome = "new" if current is None else "superseded"
        of_board = [(replace(rankings[i], board_id=board_id), digests[i]) for i in changed]
        _write_rankings(connection, of_board)
        return Written(board_id, outcome, len(changed))

    if store.exists():
        with store.read() as connection:
            current, changed = current_and_changed(connection)
        if current is not None and current.content_digest == content and not changed:
            return Written(current.board_id, "unchanged", 0)
    return store.transact(work)


def write_rankings(store: Store, rankings: Sequence[RankingRow]) -> int:
    """Write the rankings that differ from the current ones, in one transaction.

    Returns:
        How many were written.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be used, or a score is not finite.
    """
    digests = [digest(_ranking_content(ranking)) for ranking in rankings]

    def changed(connection: sa.Connection) -> list[int]:
        current = _current_rankings(connection, sorted({r.board_id for r in rankings}))
        return [i for i, r in enumerate(rankings) if current.get(_ranking_key(r)) != digests[i]]

    def work(connection: sa.Connection) -> int:
        new = changed(connection)
        _write_rankings(connection, [(rankings[i], digests[i]) for i in new])
        return len(new)

    if store.exists():
        with store.read() as connection:
            if not changed(connection):
                return 0
    return store.transact(work)


def _key(row: LeaderboardRow) -> BoardKey:
    return BoardKey(row.board.board, row.board.snapshot)


def _ranking_key(row: RankingRow) -> RankingKey:
    return RankingKey(row.board_id, row.treatment, row.mean)


def _current_boards(connection: sa.Connection) -> dict[BoardKey, KeptBoard]:
    query = "SELECT board, snapshot, board_id, content_digest FROM current_boards"
    rows = connection.exec_driver_sql(query)
    return {BoardKey(board, snapshot): KeptBoard(*kept) for board, snapshot, *kept in rows}


def _current_rankings(connection: sa.Connection, board_ids: Sequence[str]) -> dict[RankingKey, str]:
    """Return the digests of the newest rankings of some boards."""
    query = """
        SELECT board_id, treatment, mean,
            arg_max(ranking_digest, (ranked_at, ranking_id)) AS ranking_digest
        FROM leaderboard_ranks WHERE board_id IN (SELECT unnest($1))
        GROUP BY board_id, treatment, mean
    """
    rows = connection.exec_driver_sql(query, (list(board_ids),))
    return {RankingKey(*key): kept for *key, kept in rows}


def content_digest(row: LeaderboardRow) -> str:
    """Return the digest of a board's numbers and of what is said of them.

    Raises:
        StoreError: If a number is not finite.
    """
    for cell in row.cells:
        place = f"row {cell.model_position}, column {cell.column_position}"
        finite(f"{row.board.board} {row.board.snapshot}, {place}", cell.value)
    for fact in row.facts:
        finite(f"{row.board.board}, row {fact.model_position}, {fact.fact}", fact.number)
    columns = [asdict(column) for column in row.columns]
    for column in columns:
        for name in ("type", "languages"):
            if column[name] is None:  # so that boards written before columns had it are unchanged
                del column[name]
    facts = {"facts": [vars(fact) for fact in row.facts]} if row.facts else {}
    return digest(
        {
            **facts,
            "board": asdict(row.board),
            "columns": columns,
            "models": [vars(model) for model in row.models],
            "cells": [vars(cell) for cell in row.cells],  # asdict takes longer than all the rest
        }
    )


def _write_board(connection: sa.Connection, row: LeaderboardRow, content: str) -> str:
    from db import tables

    board_id = new_id()
    head = {**asdict(row.board), "content_digest": content, "imported_at": now()}
    insert(connection, tables.leaderboards, [{"board_id": board_id, **head}])
    columns = [
        {"board_id": board_id, "position": i, **asdict(column)}
        for i, column in enumerate(row.columns)
    ]
    models = [
        {"board_id": board_id, "position": i, **vars(model)} for i, model in enumerate(row.models)
    ]
    cells = [{"board_id": board_id, **vars(cell)} for cell in row.cells]
    insert(connection, tables.leaderboard_columns, columns)
    insert(connection, tables.leaderboard_rows, models)
    insert(connection, tables.leaderboard_cells, cells)
    facts = [{"board_id": board_id, **vars(fact)} for fact in row.facts]
    if facts:
        insert(connection, tables.leaderboard_facts, facts)
    return board_id


def _ranking_content(ranking: RankingRow) -> list[object]:
    rows = []
    for row in ranking.rows:
        finite(f"a score of ranking {ranking.treatment}, {ranking.mean}", row.score)
        rows.append(
            [*vars(row).values()]
        )  # not asdict, which would deep-copy each of thousands of rows
    # JSON has no infinity, and p may be one.
    return [ranking.treatment, ranking.mean, repr(ranking.p), rows]


def _write_rankings(connection: sa.Connection, rankings: Sequence[tuple[RankingRow, str]]) -> None:
    """Write rankings with their digests in one statement: one for each takes five seconds."""
    from db import tables

    rows = [row for ranking, content in rankings for row in _rows_of(ranking, content)]
    insert(connection, tables.leaderboard_ranks, rows)


def _rows_of(ranking: RankingRow, content: str) -> list[dict[str, Any]]:
    shared = {
        "ranking_id": new_id(),
        "ranking_digest": content,
        "ranked_at": now(),
        "board_id": ranking.board_id,
        "treatment": ranking.treatment,
        "mean": ranking.mean,
        "p": ranking.p,
    }
    return [
        {**shared, **vars(row), "flags": None if row.flags is None else json_text(row.flags)}
        for row in ranking.rows
    ]
