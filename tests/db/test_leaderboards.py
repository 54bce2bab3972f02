from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from db.errors import StoreError
from db.leaderboards import (
    BoardKey,
    kept_boards,
    write_board,
    write_boards,
    write_ranked_board,
    write_rankings,
)
from db.rows import (
    BoardCellRow,
    BoardColumnRow,
    BoardModelRow,
    BoardRow,
    LeaderboardRow,
    RankingRow,
    RankRow,
)
from db.store import Store

BOARD = LeaderboardRow(
    BoardRow("superglue", "2021", "owner/repository@commit"),
    (BoardColumnRow("BoolQ", "BoolQ", "accuracy"), BoardColumnRow("CB_F1", "CB", "f1")),
    (BoardModelRow("A", "somebody"), BoardModelRow("Human", is_human=True, source="paper")),
    (BoardCellRow(0, 0, 90.0), BoardCellRow(0, 1, 80.0), BoardCellRow(1, 0, 89.0)),
)


def ranking(board_id: str, mean: str, p: float, ranks: tuple[int | None, int | None]) -> RankingRow:
    rows = tuple(
        RankRow(i, None if r is None else 90.0 - r, r, "a gap" if r is None else None)
        for i, r in enumerate(ranks)
    )
    return RankingRow(board_id, "per-task", mean, p, rows)


def count(store: Store, view: str) -> int:
    with store.read() as connection:
        query = sa.select(sa.func.count()).select_from(sa.table(view))
        return int(connection.execute(query).scalar_one())


def test_a_board_written_every_night_stays_one_board(any_store: Store) -> None:
    first = write_board(any_store, BOARD)
    assert write_board(any_store, BOARD) == first
    assert count(any_store, "leaderboards") == 1
    assert count(any_store, "leaderboard_long") == 3


def test_an_unchanged_board_asks_for_no_write_lock(
    any_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    board_id = write_board(any_store, BOARD)
    ranked = [ranking(board_id, "arithmetic", 1.0, (1, 2))]
    assert write_rankings(any_store, ranked) == 1

    def fail(*_: object, **__: object) -> None:
        raise AssertionError("wrote")

    monkeypatch.setattr(any_store.engine, "writing", fail)
    assert write_board(any_store, BOARD) == board_id
    assert write_rankings(any_store, ranked) == 0


def test_a_corrected_board_supersedes_and_its_old_ranks_vanish(any_store: Store) -> None:
    old = write_board(any_store, BOARD)
    write_rankings(any_store, [ranking(old, "arithmetic", 1.0, (1, 2))])
    fixed = replace(BOARD, cells=(*BOARD.cells, BoardCellRow(1, 1, 95.8)))
    new = write_board(any_store, fixed)
    assert new != old
    assert kept_boards(any_store)[BoardKey("superglue", "2021")].board_id == new
    assert count(any_store, "leaderboard_long") == 4
    assert count(any_store, "ranks") == 0
    assert write_board(any_store, BOARD) not in (old, new), "going back is a new import"
    assert count(any_store, "leaderboard_long") == 3


def test_a_source_of_a_cell_falls_back_to_its_row_and_then_its_board(any_store: Store) -> None:
    write_boards(any_store, [BOARD])
    with any_store.read() as connection:
        rows = connection.execute(sa.text("SELECT model, source FROM leaderboard_long")).fetchall()
    assert set(rows) == {("A", "owner/repository@commit"), ("Human", "paper")}


def test_newer_ranks_supersede_and_shifts_need_all_three_means(any_store: Store) -> None:
    board_id = write_board(any_store, BOARD)
    means = [("arithmetic", 1.0), ("geometric", 0.0), ("harmonic", -1.0)]
    write_rankings(any_store, [ranking(board_id, m, p, (1, 2)) for m, p in means])
    assert write_rankings(any_store, [ranking(board_id, "harmonic", -1.0, (None, 1))]) == 1
    with any_store.read() as connection:
        ranks = connection.execute(
            sa.text("SELECT mean, model, rank, left_out_reason FROM ranks ORDER BY ALL")
        ).fetchall()
        shifts = connection.execute(
            sa.text("SELECT model, arithmetic, harmonic, shift FROM rank_shifts ORDER BY model")
        ).fetchall()
    assert len(ranks) == 6
    assert ("harmonic", "A", None, "a gap") in ranks
    assert shifts == [("A", 1, None, None), ("Human", 2, 1, 1)]


def test_an_infinite_exponent_is_kept(any_store: Store) -> None:
    board_id = write_board(any_store, BOARD)
    write_rankings(any_store, [ranking(board_id, "p=-inf", float("-inf"), (1, 2))])
    with any_store.read() as connection:
        assert connection.execute(sa.text("SELECT DISTINCT p FROM ranks")).scalar_one() == float(
            "-inf"
        )


def test_a_nan_cell_is_refused_and_nothing_is_written(any_store: Store) -> None:
    broken = replace(BOARD, cells=(BoardCellRow(0, 1, float("nan")),))
    with pytest.raises(StoreError, match="row 0, column 1 must be a finite number, got nan"):
        write_board(any_store, broken)
    assert kept_boards(any_store) == {}


def wide(n: int) -> tuple[LeaderboardRow, list[RankingRow]]:
    board = LeaderboardRow(
        BoardRow("wide", "2024", "somewhere"),
        (BoardColumnRow("A", "A", "accuracy"),),
        tuple(BoardModelRow(f"模型 {i}", None if i % 2 else "us") for i in range(n)),
        tuple(BoardCellRow(i, 0, i / n) for i in range(n) if i % 3),
    )
    rows = tuple(RankRow(i, i / n if i % 3 else None, i + 1 if i % 3 else None) for i in range(n))
    return board, [RankingRow("", "per-task", "arithmetic", 1.0, rows)]


def test_a_large_board_and_its_ranks_are_written_in_one_transaction(any_store: Store) -> None:
    board, ranked = wide(1_300)  # more than go as parameters
    first = write_ranked_board(any_store, board, ranked)
    assert first[1:] == ("new", 1)
    assert write_ranked_board(any_store, board, ranked) == (first.board_id, "unchanged", 0)
    with any_store.read() as connection:
        query = "SELECT model, submitted_by, score, rank FROM ranks ORDER BY model_position"
        rows = connection.exec_driver_sql(query).fetchall()
    assert rows[0] == ("模型 0", "us", None, None)
    assert rows[1] == ("模型 1", None, 1 / 1_300, 2)
    assert len(rows) == 1_300


def test_a_changed_board_supersedes_and_a_refused_ranking_leaves_nothing(any_store: Store) -> None:
    board, ranked = wide(3)
    write_ranked_board(any_store, board, ranked)
    changed = replace(board, cells=(BoardCellRow(0, 0, 0.9),))
    broken = [replace(ranked[0], rows=(RankRow(0, float("nan"), 1),))]
    with pytest.raises(StoreError, match="must be a finite number"):
        write_ranked_board(any_store, changed, broken)
    assert count(any_store, "leaderboards") == 1
    assert write_ranked_board(any_store, changed, ranked).outcome == "superseded"
    assert count(any_store, "leaderboard_long") == 1
    assert count(any_store, "leaderboards") == 2
