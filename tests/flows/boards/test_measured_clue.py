"""What was measured of the CLUE tasks is a board like any other."""

from __future__ import annotations

from typing import Any

import numpy as np

from db.record import record
from db.rows import ScoreRow
from evaluators.averaging import TREATMENTS, rank
from flows.boards.leaderboards import load_board
from flows.boards.measured import CLUE, store_measured_boards
from tests.db.sample_rows import make_run


def keep(store: Any, task: str, value: float, seed: int = 0, **parameters: Any) -> None:
    given = {
        "family": "classification",
        "mode": "finetune",
        "head": "linear",
        "method": "plain",
        "split": "validation",
        "trained_on": f"{task}/train",
        "selection": "held-out",
        "max_train": None,
        "epochs": 3,
        **parameters,
    }
    run = make_run(f"{task}{seed}{given}", evaluator="clue", task=task, seed=seed, parameters=given)
    assert record(store, run, [ScoreRow(given.pop("metric", "accuracy"), value, 10)])


def test_ways_are_rows_seeds_are_averaged_and_a_transfer_is_a_column_of_its_own(store):
    assert store_measured_boards(store) == 0
    keep(store, "tnews", 0.5)
    keep(store, "tnews", 0.6, seed=1)
    keep(store, "tnews", 0.7, method="r-drop (alpha 4.0)")
    keep(store, "ocnli", 0.4, head="interaction")
    keep(store, "cmnli", 0.35, trained_on="ocnli/train")
    keep(store, "tnews", 0.9, metric="macro_f1", seed=5)
    keep(store, "cluener", 0.8, head="global-pointer", metric="entity_f1")
    assert store_measured_boards(store) == 1
    board = load_board(CLUE, store=store)
    mini = "digest-of-mini finetune"
    assert [column.name for column in board.columns] == [
        "cluener",
        "cmnli (trained on ocnli/train)",
        "ocnli",
        "tnews",
    ]
    assert board.models == (mini, f"{mini}, global-pointer", f"{mini}, r-drop (alpha 4.0)")
    expected = [[np.nan, 0.35, 0.4, 0.55], [0.8, *[np.nan] * 3], [*[np.nan] * 3, 0.7]]
    assert np.allclose(board.values, expected, equal_nan=True)
    assert store_measured_boards(store) == 0


def test_a_board_of_complete_rows_ranks_under_every_mean(store):
    for task, plain, better in (("tnews", 0.5, 0.6), ("afqmc", 0.7, 0.71)):
        keep(store, task, plain)
        keep(store, task, better, method="r-drop")
    store_measured_boards(store)
    board = load_board(CLUE, store=store)
    for p in (1.0, 0.0, -1.0):
        ranking = rank(board, TREATMENTS["per-task"], p)
        assert [row.model.endswith("r-drop") for row in ranking.ranked] == [True, False]


def test_epochs_of_a_tasks_own_part_no_row_but_two_of_one_task_do(store):
    keep(store, "tnews", 0.5)
    keep(store, "ocnli", 0.4, epochs=9, selection="last")
    keep(store, "tnews", 0.6, method="r-drop")
    keep(store, "tnews", 0.7, method="r-drop", epochs=9)
    keep(store, "tnews", 0.9, method="r-drop", selection="as-published")
    store_measured_boards(store)
    board = load_board(CLUE, store=store)
    shown = dict(zip(board.models, board.values.tolist(), strict=True))
    mini = "digest-of-mini finetune"
    assert shown[mini] == [0.4, 0.5]
    said = {name.removeprefix(f"{mini}, r-drop"): value[1] for name, value in shown.items()}
    assert said == {mini: 0.5, ", 3 epochs": 0.6, ", 9 epochs": 0.7, ", as-published": 0.9}


def test_another_split_or_training_set_is_a_column_of_its_own(store):
    keep(store, "tnews", 0.5)
    keep(store, "c3", 0.4)
    keep(store, "c3", 0.6, split="test")
    keep(store, "iflytek", 0.3, split="validation")
    store_measured_boards(store)
    columns = [column.name for column in load_board(CLUE, store=store).columns]
    assert columns == ["c3", "c3/test", "iflytek/validation (trained on iflytek/train)", "tnews"]
