"""What was measured here is a board like any other."""

from datetime import timedelta

import numpy as np

from evaluators.averaging import TREATMENTS, rank
from flows.boards.leaderboards import known_boards, load_board
from flows.boards.measured import STS, store_measured_boards
from tests.dashboard.stores import FIRST_NIGHT, keep_run


def test_checkpoints_and_variants_are_rows_and_tasks_are_columns(store):
    assert store_measured_boards(store) == 0
    keep_run(store, "1", spearman=0.6)
    keep_run(store, "2", task="SampleZH", spearman=0.3)
    keep_run(store, "3", whitening="target", spearman=0.5)
    keep_run(store, "4", checkpoint="Other", pooling="cls", spearman=-0.2)
    keep_run(store, "5", task="STS12", spearman=None, error=("DatasetError", "none"))
    assert store_measured_boards(store) == 1
    board = load_board(STS, store=store)
    assert board.models == ("MiniLM native", "MiniLM native, whitening target", "Other cls")
    assert [(c.name, c.metric, c.unit_max) for c in board.columns] == [
        ("SampleEN", "spearman", 1.0),
        ("SampleZH", "spearman", 1.0),
    ]
    expected = [[0.6, 0.3], [0.5, np.nan], [-0.2, np.nan]]
    assert np.array_equal(board.values, expected, equal_nan=True)
    assert board.snapshot == FIRST_NIGHT.date().isoformat()
    assert {name: fact.value for name, fact in board.facts[2].items()} == {
        "dimensions": 8.0,
        "precision": "float32",
        "revision": "abc123",
    }
    ranking = rank(board, TREATMENTS["per-task"])
    assert [row.model for row in ranking.ranked] == ["MiniLM native"]
    with store.read() as connection:
        query = f"SELECT model, rank FROM ranks WHERE board = '{STS}' AND rank = 1"  # noqa: S608
        assert set(connection.exec_driver_sql(query).fetchall()) == {("MiniLM native", 1)}


def test_only_changed_numbers_make_a_new_snapshot(store):
    keep_run(store, "1", job="a", spearman=0.6)
    assert store_measured_boards(store) == 1
    assert store_measured_boards(store) == 0
    later = FIRST_NIGHT + timedelta(days=1)
    keep_run(store, "2", job="a", generation=1, at=later, spearman=0.6)
    assert store_measured_boards(store) == 0
    keep_run(store, "3", job="b", task="SampleZH", at=later, spearman=0.4)
    assert store_measured_boards(store) == 1
    assert known_boards(store)[STS] == ("2026-11-20", "2026-11-21")
    keep_run(store, "4", job="c", task="STS12", at=later, spearman=0.5)
    assert store_measured_boards(store) == 1
    assert known_boards(store)[STS] == ("2026-11-20", "2026-11-21")
    assert len(load_board(STS, store=store).columns) == 3


def test_a_checkpoint_without_the_samples_is_ranked_by_the_benchmarks(store):
    keep_run(store, "1", spearman=0.6)
    keep_run(store, "2", task="STS12", spearman=0.5)
    keep_run(store, "3", checkpoint="Other", task="STS12", spearman=0.7)
    assert store_measured_boards(store) == 1
    board = load_board(STS, store=store)
    assert {c.name: c.role for c in board.columns} == {"SampleEN": "diagnostic", "STS12": "main"}
    ranking = rank(board, TREATMENTS["per-task"])
    assert [row.model for row in ranking.ranked] == ["Other native", "MiniLM native"]
