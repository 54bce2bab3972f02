import subprocess
import sys

import numpy as np
import pytest

from evaluators.averaging import Board, Column, board_from_tables
from evaluators.errors import TreatmentError


def test_board_is_read_only_and_does_not_follow_the_caller(make_board):
    values = np.array([[1.0, 2.0]])
    board = make_board(values)
    values[0, 0] = 99
    assert board.values[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        board.values[0, 0] = 5


def test_infinite_scores_doubled_columns_and_missing_flags_are_refused(make_board):
    with pytest.raises(TreatmentError, match="model1 in task0 is infinite"):
        make_board([[1.0], [np.inf]])
    with pytest.raises(TreatmentError, match="two columns named 'a'"):
        make_board([[1.0, 2.0]], ["a", "a"])
    with pytest.raises(TreatmentError, match="one entry a row"):
        make_board([[1.0], [2.0]], is_human=(True,))


def test_take_keeps_what_belongs_to_a_cell_with_the_cell(make_board):
    board = make_board(
        [[1.0, 2.0], [3.0, 4.0]],
        is_human=(False, True),
        submitted_by=("a", "b"),
        published=np.array([1.5, 3.5]),
        suspect={(1, 1): "why"},
    ).take([1], [1, 0])
    assert board.values.tolist() == [[4, 3]]
    assert board.is_human == (True,)
    assert board.submitted_by == ("b",)
    assert board.published.tolist() == [3.5]
    assert board.suspect == {(0, 0): "why"}


def test_board_from_tables_in_any_row_order_with_none_and_nan_for_missing():
    board = board_from_tables(
        "b",
        "2000",
        columns=[
            {"position": 1, "column_name": "X", "task": "X", "metric": "f1", "role": "diagnostic",
             "split_of": float("nan"), "unit_max": 100, "higher_is_better": True},
            {"position": 0, "column_name": "A-m", "task": "A-m", "metric": "acc", "role": "main",
             "split_of": "A", "unit_max": 100, "higher_is_better": True},
        ],
        rows=[
            {"position": 7, "model": "second", "submitted_by": None, "is_human": True,
             "published_score": None, "source": None},
            {"position": 3, "model": "first", "submitted_by": "us", "is_human": False,
             "published_score": 12.5, "source": "there"},
        ],
        cells={
            "model_position": [7, 3, 3],
            "column_position": [1, 0, 1],
            "value": [4.0, 2.0, None],
            "suspect": [True, False, False],
            "suspect_reason": ["odd", None, None],
        },
    )  # fmt: skip
    assert board.models == ("first", "second")
    assert [c.name for c in board.columns] == ["A-m", "X"]
    assert board.columns[0] == Column("A-m", "A-m", "acc", "main", "A", 100.0)
    assert board.columns[1].split_of is None
    assert np.array_equal(board.values, [[2, np.nan], [np.nan, 4]], equal_nan=True)
    assert board.is_human == (False, True)
    assert board.suspect == {(1, 1): "odd"}
    assert board.published[0] == 12.5
    assert np.isnan(board.published[1])
    assert isinstance(board, Board)


def test_import_is_light():
    heavy = [
        "torch",
        "transformers",
        "pandas",
        "scipy",
        "prefect",
        "sqlalchemy",
        "duckdb",
        "streamlit",
    ]
    code = f"import sys, evaluators.averaging; sys.exit(any(m in sys.modules for m in {heavy}))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
