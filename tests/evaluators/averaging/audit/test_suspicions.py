"""Cells and rows to look at."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.averaging import MEANS, Board, Column, power_means, ranks_of, treat
from evaluators.averaging.audit import KINDS, audit
from evaluators.averaging.audit.checks.leverage import leverage, ranks_without
from evaluators.averaging.audit.report import AS_PRINTED
from flows.boards.leaderboards import read_board


def found(board, against=(), kind=None, **more):
    return [s for s in audit(board, against, **more).suspicions if kind in (None, s.kind)]


def smooth(n=20, c=6, seed=0):
    """Rows and columns of different level, and a little noise."""
    rng = np.random.default_rng(seed)
    rows, columns = rng.uniform(60, 80, (n, 1)), rng.uniform(-10, 10, c)
    return (rows + columns + rng.normal(0, 0.5, (n, c))).round(1)


def test_the_human_ax_of_glue_equals_superglues_ax_b(every):
    board = read_board("glue", "2021")
    unflagged = dataclasses.replace(board, suspect={})
    others = [b for b in every if (b.name, b.snapshot) != ("glue", "2021")]
    (borrowed,) = found(unflagged, others, "borrowed")
    assert (borrowed.model, borrowed.column, borrowed.value) == (
        "GLUE Human Baselines", "AX", 76.6,
    )  # fmt: skip
    assert "AX-b of SuperGLUE Human Baselines on SuperGLUE 2021" in borrowed.evidence
    cells = {s.column: s.evidence for s in found(unflagged, others, "copies differ") if s.column}
    assert cells == {"AX": "76.6 here, 0 in 2022-01", "STS-B_P": "missing here, 0 in 2022-01"}


def test_the_original_is_not_called_borrowed_where_the_copy_is_flagged(every):
    others = [b for b in every if b.name == "glue"]
    assert found(read_board("superglue", "2021"), others, "borrowed") == []


def test_rte_is_one_task_on_two_boards_and_no_borrowing(every):
    board = read_board("glue", "2021")
    human = board.is_human.index(True)
    rte = [c.name for c in board.columns].index("RTE")
    assert board.values[human, rte] == 93.6
    assert all(s.column != "RTE" for s in found(board, every, "borrowed"))


def test_a_copy_of_the_board_under_another_name_borrows_nothing(every):
    board = read_board("glue", "2021")
    columns = tuple(Column(c.name, c.name, unit_max=c.unit_max) for c in board.columns)
    copy = dataclasses.replace(board, name="copy", columns=columns, suspect={})
    others = [board, *(b for b in every if b.name != "glue")]
    assert [s.column for s in found(copy, others, "borrowed")] == ["AX"]  # SuperGLUE's still


def test_ten_zeros_of_cola_are_real(every):
    for snapshot in ("2021", "2022-01"):
        report = audit(read_board("glue", snapshot))
        assert report.real_zeros == {"CoLA": 10}
        assert all(s.column != "CoLA" for s in report.suspicions if "zero" in s.kind)


def test_the_human_ax_that_a_copy_filled_with_0_is_an_unlikely_zero():
    board = dataclasses.replace(read_board("glue", "2022-01"), suspect={})
    assert ("GLUE Human Baselines", "AX") in {
        (s.model, s.column) for s in found(board, kind="unlikely zero")
    }


def test_scidocs_003_takes_minilm_from_169_to_205():
    first = found(read_board("mteb-classic-en"), kind="moves a rank")[0]
    assert (first.model, first.column, first.value) == (
        "paraphrase-multilingual-MiniLM-L12-v2", "SCIDOCS", 0.03,
    )  # fmt: skip
    assert "arithmetic 169 (without it 168)" in first.evidence
    assert "harmonic 205 (without it 167)" in first.evidence


@given(st.integers(0, 999), st.sampled_from(list(MEANS.values())))
@settings(max_examples=20)
def test_ranks_without_a_column_are_those_of_the_board_without_it(seed, p):
    values = np.random.default_rng(seed).uniform(1, 99, (15, 4)).round(0)
    values[seed % 15, seed % 4] = np.nan
    board = Board("b", "1", tuple(map(str, range(15))), tuple(Column(c, c) for c in "abcd"), values)
    before, after = ranks_without(treat(board, AS_PRINTED, p), p)
    whole = ~np.isnan(values).any(axis=1)
    assert np.isnan(before[~whole]).all()
    for j in range(4):
        left = power_means(np.delete(values[whole], j, axis=1), p)
        assert np.array_equal(after[whole, j], ranks_of(left, tolerance=1e-7))


def test_one_column_or_few_rows_move_nothing(make_board):
    assert leverage(make_board([[1.0], [2.0]]), AS_PRINTED) == []
    assert leverage(make_board(smooth(10)), AS_PRINTED) == []


def test_a_filler_is_told_from_a_real_zero(make_board):
    values = smooth()
    published = values.mean(axis=1).round(1)
    values[4, 2] = 0  # not what was averaged
    values[7, 1] = 0
    published[7] = values[7].mean().round(1)  # what was averaged
    report = audit(make_board(values, published=published))
    assert report.real_zeros == {"task1": 1}
    assert [(s.position, s.column) for s in report.suspicions if s.kind == "zero for missing"] == [
        (4, "task2")
    ]


def test_without_published_averages_an_outlying_zero_is_still_seen(make_board):
    values = smooth()
    values[4, 2] = 0
    (zero,) = found(make_board(values), kind="unlikely zero")
    assert (zero.position, zero.column) == (4, "task2")


def test_zeros_of_a_column_of_zeros_are_nothing(make_board):
    values = smooth()
    values[:, 3] = 0
    assert found(make_board(values), kind="unlikely zero") == []


def test_a_row_and_a_cell_of_proportions(make_board):
    values = smooth()
    values[3] = (values[3] / 100).round(3)
    values[9, 1] = (values[9, 1] / 100).round(3)
    cells = found(make_board(values), kind="proportion")
    assert [(s.position, s.column) for s in cells] == [(3, ""), (9, "task1")]


def test_a_board_of_proportions_is_no_mistake(make_board):
    columns = [Column(f"t{j}", f"t{j}", unit_max=1.0) for j in range(6)]
    board = make_board((smooth() / 100).round(3), columns)
    assert found(board, kind="proportion") == []
    assert found(board, kind="out of range") == []


def test_out_of_range_by_metric(make_board):
    columns = [Column("a", "a"), Column("b", "b", metric="matthews")]
    board = make_board([[50.0, -3.0], [101.0, 20.0], [-1.0, -101.0], [60.0, 5.0]], columns)
    cells = {(s.position, s.column) for s in found(board, kind="out of range")}
    assert cells == {(1, "a"), (2, "a"), (2, "b")}


def test_the_same_scores_under_two_names(make_board):
    values = smooth(6)
    values[2, 1] = np.nan
    values[4] = values[2]
    (twin,) = found(make_board(values), kind="same scores")
    assert twin.position == 4
    assert "row 3, model2" in twin.evidence


def test_human_by_whole_words_and_the_flag_is_never_set(make_board):
    board = make_board(
        smooth(4),
        models=["Anshuman Singh", "Human baseline", "superhumanoid", "experts"],
        is_human=(False, False, False, True),
    )
    rows = {s.model for s in found(board, kind="human by name")}
    assert rows == {"Human baseline", "experts"}
    assert board.is_human == (False, False, False, True)


def test_no_bundled_board_has_a_human_row_by_name_alone(every):
    assert [s for board in every for s in found(board, kind="human by name")] == []


def test_renamed_rows_and_repeated_names_do_not_match(make_board):
    values = smooth(4)
    here = make_board(values, models=["A-b c", "x", "x", "y"])
    other = dataclasses.replace(
        make_board(values + 1, models=["a b C", "x", "x", "z"]), snapshot="2001"
    )
    (row,) = found(here, [other], "copies differ")
    assert row.model == "A-b c"
    assert "6 of 6 cells" in row.evidence
    assert found(here, [dataclasses.replace(other, name="another")], "copies differ") == []


@pytest.mark.parametrize(
    "values",
    [
        np.empty((0, 2)),
        [[50.0]],
        [[np.nan, np.nan]],
        [[0.0, 0.0]],
        [[50.0, 60.0]] * 3,
        np.full((12, 3), 7.0),
        [[1e12, -1e12], [1e-12, 0.0]],
    ],
)
@pytest.mark.parametrize("published", [None, 50.0, 0.0, -3.0])
def test_odd_boards_are_audited_without_a_crash(make_board, values, published):
    n = len(values)
    more = {} if published is None else {"published": np.full(n, published)}
    report = audit(make_board(np.asarray(values, dtype=float), **more))
    assert report.inference.why
    assert {s.kind for s in report.suspicions} <= set(KINDS)


@given(st.integers(0, 9999))
@settings(max_examples=30)
def test_an_honest_board_has_no_finding_about_its_averages(seed):
    rng = np.random.default_rng(seed)
    values = rng.uniform(20, 95, (int(rng.integers(8, 30)), 4)).round(1)
    models = tuple(f"m{i}" for i in range(len(values)))
    board = Board("b", "1", models, tuple(Column(c, c) for c in "abcd"), values,
                  published=values.mean(axis=1).round(1))  # fmt: skip
    report = audit(board)
    assert report.disagreements == ()
    assert report.best.agree == len(values)
    assert report.inference.rule.numerators == (1, 1, 1, 1)


def test_on_a_board_where_every_column_moves_every_row_only_what_is_far_off_is_listed(make_board):
    rng = np.random.default_rng(0)
    values = 50 + rng.normal(0, 1, (600, 1)) + rng.normal(0, 1, (600, 6))
    values[7] += 4  # first by far, but for one cell
    values[7, 2] = 5.0
    matrix = treat(make_board(values), AS_PRINTED, 1.0)
    before, after = ranks_without(matrix, 1.0)
    assert (np.abs(before[:, None] - after) > 10).mean() > 0.6, "ten places are nothing here"
    found = leverage(make_board(values), AS_PRINTED)
    assert (7, "task2") in {(one.position, one.column) for one in found}
    assert len(found) < 0.01 * values.size
