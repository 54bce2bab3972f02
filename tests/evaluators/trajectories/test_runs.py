"""Rows of a board that are steps of one run make curves."""

from dataclasses import replace

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Board, Column
from evaluators.errors import TreatmentError
from evaluators.model_facts.facts import Fact
from evaluators.names import UnknownNameError
from evaluators.trajectories.runs import MEAN, board_curves, training_runs


def board(rows, values):
    """Return a board of rows (name, run or None, step or None) with two tasks."""
    facts = tuple(
        ({"trajectory": Fact(run)} if run else {})
        | ({"step": Fact(step)} if step is not None else {})
        for _, run, step in rows
    )
    models = tuple(name for name, _, _ in rows)
    return Board(
        "b", "2026", models, (Column("s", "s"), Column("t", "t")), np.array(values), facts=facts
    )


ROWS = [
    ("a 10", "a", 10.0),
    ("x", None, None),
    ("a 2", "a", 2.0),
    ("a main", "a", None),
    ("b 1", "b", 1.0),
]
VALUES = [[30.0, 50.0], [np.nan, 1.0], [20.0, np.nan], [90.0, 90.0], [1.0, 1.0]]


def test_steps_are_sorted_and_a_single_step_is_no_run():
    (run,) = training_runs(board(ROWS, VALUES))
    assert (run.name, run.positions, run.steps) == ("a", (2, 0), (2.0, 10.0))
    assert run.without_step == ("a main",)


def test_two_rows_of_one_step_are_an_error():
    rows = [("a 1", "a", 1.0), ("a 1 again", "a", 1.0)]
    with pytest.raises(TreatmentError, match="a 1 and a 1 again are both step 1 of a"):
        training_runs(board(rows, [[1.0, 1.0], [2.0, 2.0]]))


def test_curves_leave_missing_scores_and_other_rows_out():
    found = board_curves(board(ROWS, VALUES), TREATMENTS["per-task"])
    (curve,) = found.curves  # one step alone has a mean and a score of t
    assert (curve.task, curve.steps.tolist(), curve.scores.tolist()) == ("s", [2, 10], [20, 30])
    assert [model for model, _ in found.left_out] == ["a 2"]


def test_the_mean_is_the_one_asked_for():
    values = [[40.0, 10.0], [1.0, 1.0], [20.0, 20.0], [90.0, 90.0], [1.0, 1.0]]
    found = board_curves(board(ROWS, values), TREATMENTS["per-task"], 0.0, tasks=[MEAN])
    assert found.curves[0].scores.tolist() == pytest.approx([20, 20])
    treatment = replace(TREATMENTS["per-task"], weights=(("s", 2.0),))
    weighted = board_curves(board(ROWS, values), treatment, tasks=[MEAN])
    assert weighted.curves[0].scores.tolist() == pytest.approx([20, 30])


@pytest.mark.parametrize("asked", [{"run": "b"}, {"tasks": ["u"]}])
def test_unknown_names_are_answered_with_known_ones(asked):
    with pytest.raises(UnknownNameError):
        board_curves(board(ROWS, VALUES), TREATMENTS["per-task"], **asked)


def test_a_board_without_runs_is_told_what_makes_one():
    with pytest.raises(TreatmentError, match="at least two rows of one training run"):
        board_curves(board(ROWS[1:2], VALUES[1:2]), TREATMENTS["per-task"])
