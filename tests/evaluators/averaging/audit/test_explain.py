"""Which single cell would reconcile a row with its published average."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluators.averaging import Board, Column, find_treatment
from evaluators.averaging.audit import audit, explain
from evaluators.averaging.audit.additive import expected
from evaluators.averaging.audit.rule import formula_of
from flows.boards.leaderboards import read_board

PRINTED = find_treatment("per-task+as-printed")


def board_of(values, columns=None, **more):
    values = np.asarray(values, dtype=float)
    named = columns or [Column(f"c{j}", f"c{j}") for j in range(values.shape[1])]
    models = tuple(f"m{i}" for i in range(len(values)))
    return Board("made-up", "1", models, tuple(named), values, **more)


def test_the_one_exception_of_glue_2022_is_explained_by_its_zero_filled_cell():
    found = audit(read_board("glue", "2022-01"), [read_board("glue", "2021")])
    (row,) = found.disagreements
    assert row.model == "MaChAmp (bert-large single task)"
    assert (row.published, round(row.recomputed, 2)) == (67.6, 73.17)
    first = row.explanations[0]
    assert (first.kind, first.column, first.printed) == ("task-counted-as-0", "STS-B_P", 0.0)
    assert "67.63" in first.text
    cell = {s.kind: s for s in found.suspicions if s.column == "STS-B_P"}
    assert cell["copies differ"].evidence == "0 here, missing in 2021"
    assert set(cell) == {"flagged", "copies differ", "zero for missing"}


def test_a_row_with_a_gap_and_a_published_average_says_what_the_gap_stands_for():
    (row,) = audit(read_board("glue", "2021")).disagreements
    assert row.model == "MaChAmp (bert-large, single task)"
    assert row.recomputed is None
    assert row.explanations[0].text.startswith("STS-B_P is missing; counting all of STS-B as 0")


@given(
    st.integers(0, 999),
    st.integers(0, 4),
    st.sampled_from([1.0, 0.0, -1.0, 2.0]),
    st.sampled_from(["per-task", "per-metric"]),
)
def test_a_changed_cell_is_found_again_whatever_the_mean(seed, j, p, name):
    values = np.random.default_rng(seed).uniform(30, 90, (8, 5))
    tasks = [Column("a1", "a"), Column("a2", "a"), *(Column(c, c) for c in "bcd")]
    board = board_of(values, tasks)
    formula = formula_of(board, find_treatment(name), p)
    published = formula.scores(values)[0]
    wrong = values.copy()
    wrong[0, j] = np.nan
    found = explain(board_of(wrong, tasks), formula, 0, published, 1e-9, expected(values))
    match = [e for e in found if e.column == tasks[j].name and e.kind == "another-value"]
    assert match[0].value == pytest.approx(values[0, j], rel=1e-6)


def test_a_gap_that_the_board_left_out_is_told_from_one_it_counted():
    values = [[80.0, np.nan, 60.0], [70.0, 30.0, 50.0], [75.0, 65.0, 40.0], [50.0, 90.0, 10.0]]
    left_out = audit(board_of(values, published=np.array([70.0, 50.0, 60.0, 50.0])))
    assert left_out.disagreements[0].explanations[0].kind == "left-out"
    counted = audit(board_of(values, published=np.array([46.7, 50.0, 60.0, 50.0])))
    first = counted.disagreements[0].explanations[0]
    assert (first.kind, round(first.value)) == ("another-value", 0)


def test_a_value_beyond_the_unit_explains_nothing():
    board = board_of([[80.0, 70.0]] * 3, published=np.array([75.0, 75.0, 10.0]))
    (row,) = audit(board).disagreements
    assert row.explanations == ()
