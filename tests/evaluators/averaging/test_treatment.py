import itertools
import math

import numpy as np
import pytest

from evaluators.averaging import (
    MEANINGS,
    TREATMENTS,
    Board,
    Column,
    Treatment,
    find_treatment,
    power_mean,
    rank,
    treat,
)
from evaluators.averaging.matrix import standard_treatments
from evaluators.averaging.rules import rank_by
from evaluators.errors import TreatmentError

TWO_METRICS = (Column("A", "A"), Column("B_f1", "B", "f1"), Column("B_acc", "B", "accuracy"))
SPLITS = (
    Column("A", "A"),
    Column("N-m", "N-m", "accuracy", split_of="N"),
    Column("N-mm", "N-mm", "accuracy", split_of="N"),
)


def score(board, name, p=1.0, row=0):
    rows = rank(board, find_treatment(name), p).rows
    return next(r for r in rows if r.position == row).score


def test_every_treatment_has_a_name_that_gives_it_back():
    names = set()
    for values in itertools.product(*MEANINGS.values()):
        treatment = Treatment(*values)
        assert find_treatment(treatment.name) == treatment
        assert len(treatment.describe()) == len(MEANINGS)
        names.add(treatment.name)
    assert len(names) == np.prod([len(m) for m in MEANINGS.values()])


def test_those_that_always_exist():
    always = ["per-task", "per-metric", "paper-mixed"]
    always += ["per-task+diagnostics", "per-metric+diagnostics"]
    assert set(TREATMENTS) == {*always, *(f"{name}+as-printed" for name in always)}
    assert all(name == treatment.name for name, treatment in TREATMENTS.items())
    assert TREATMENTS["per-task"] == Treatment()
    assert [t.mixed for t in TREATMENTS.values()] == ["mixed" in name for name in TREATMENTS]


def test_unknown_names_and_choices_come_with_the_nearest():
    with pytest.raises(TreatmentError, match="did you mean 'per-task'"):
        find_treatment("per-tusk")
    with pytest.raises(TreatmentError, match="did you mean 'diagnostics'"):
        find_treatment("per-task+diagnostic")
    with pytest.raises(TreatmentError, match="nonpositive twice"):
        find_treatment("per-task+floor+shift")
    with pytest.raises(TreatmentError, match="metrics must be one of mean, each, main"):
        Treatment(metrics="median")


def test_metrics_of_a_task_first_each_or_main_only(make_board):
    board = make_board([[40.0, 60.0, 100.0]], TWO_METRICS)
    assert score(board, "per-task") == pytest.approx((40 + 80) / 2)
    assert score(board, "per-metric") == pytest.approx((40 + 60 + 100) / 3)
    assert score(board, "main-metric") == pytest.approx((40 + 60) / 2)
    assert score(board, "per-task", 0) == pytest.approx((40 * 80) ** 0.5)


def test_metrics_within_a_task_are_averaged_arithmetically_under_every_p(make_board):
    board = make_board([[60.0, 100.0]], TWO_METRICS[1:])
    assert [score(board, "per-task", p) for p in (1, 0, -1)] == pytest.approx([80, 80, 80])


def test_sub_splits_count_once_or_twice(make_board):
    board = make_board([[40.0, 80.0, 90.0]], SPLITS)
    assert score(board, "per-task") == pytest.approx((40 + 85) / 2)
    assert score(board, "per-task+splits-twice") == pytest.approx((40 + 80 + 90) / 3)
    assert treat(board, Treatment()).columns == ("A", "N")


def test_splits_with_several_metrics_weigh_each_split_alike(make_board):
    columns = (
        Column("N-m_f1", "N-m", "f1", split_of="N"),
        Column("N-m_acc", "N-m", "accuracy", split_of="N"),
        Column("N-mm_acc", "N-mm", "accuracy", split_of="N"),
    )
    board = make_board([[10.0, 30.0, 60.0]], columns)
    assert score(board, "per-task") == pytest.approx((20 + 60) / 2)
    assert treat(board, Treatment(metrics="each")).columns == ("N-m_f1", "N accuracy")
    assert score(board, "per-metric") == pytest.approx((10 + 45) / 2)


def test_diagnostics_out_or_in(make_board):
    columns = (Column("A", "A"), Column("X", "X", role="diagnostic"))
    board = make_board([[40.0, 80.0]], columns)
    assert score(board, "per-task") == 40
    assert score(board, "per-task+diagnostics") == pytest.approx(60)


def test_a_row_with_a_gap_is_unranked_and_says_which_cell(make_board):
    board = make_board([[np.nan, 60.0, 70.0], [40.0, 60.0, np.nan], [1.0, 1.0, 1.0]], TWO_METRICS)
    ranking = rank(board, Treatment(), 1)
    assert [row.left_out for row in ranking.left_out] == ["no value for A", "no value for B_acc"]
    assert [row.model for row in ranking.ranked] == ["model2"]


def test_gap_in_a_column_that_does_not_count_leaves_the_row_in(make_board):
    columns = (Column("A", "A"), Column("X", "X", role="diagnostic"))
    assert score(make_board([[40.0, np.nan]], columns), "per-task") == 40
    board = make_board([[40.0, 60.0, np.nan]], TWO_METRICS)
    assert score(board, "main-metric") == pytest.approx(50)


def test_drop_column_drops_it_for_every_row_and_says_so(make_board):
    board = make_board([[40.0, 60.0, np.nan], [10.0, 99.0, 99.0]], TWO_METRICS)
    ranking = rank(board, find_treatment("per-task+drop-column"), 1)
    assert [row.score for row in ranking.rows] == [40, 10]
    assert ranking.columns == ("A",)
    assert ranking.notes == ("columns dropped, because a row lacks them: B",)
    with pytest.raises(TreatmentError, match="every column has a gap"):
        rank(make_board([[np.nan, 1.0], [1.0, np.nan]]), find_treatment("per-task+drop-column"))


def test_any_available_flags_every_row_it_favours(make_board):
    rows = [[40.0, 60.0, np.nan], [np.nan, 60.0, 70.0], [1.0, 1.0, 1.0], [np.nan] * 3]
    ranking = rank(make_board(rows, TWO_METRICS), find_treatment("per-task+any-available"), 1)
    by_name = {row.model: row for row in ranking.rows}
    assert by_name["model0"].score == pytest.approx(50)
    assert by_name["model0"].flags == ("a metric of a task is missing",)
    assert by_name["model1"].score == pytest.approx(65)
    assert by_name["model1"].flags == ("mean of 1 of 2 columns",)
    assert by_name["model2"].flags == ()
    assert by_name["model3"].left_out == "no value for A, B_f1, B_acc"
    assert ranking.notes == ("rows with gaps are averaged over the columns they have",)


def test_shift_is_the_same_for_every_row_and_no_shift_at_all_for_the_arithmetic_mean(make_board):
    board = make_board([[-10.3, 60.0], [40.0, 60.0]])
    assert score(board, "per-task+shift", 1) == pytest.approx((-10.3 + 60) / 2)
    assert score(board, "per-task+shift", 0) == pytest.approx((89.7 * 160) ** 0.5 - 100)
    assert score(board, "per-task+shift", -1, row=1) == pytest.approx(
        power_mean([140.0, 160.0], -1) - 100
    )
    assert "100 was added" in rank(board, find_treatment("per-task+shift"), 0).notes[0]


def test_floor_keeps_the_order_of_small_cells_and_flags_the_row(make_board):
    board = make_board([[0.0, 60.0], [0.3, 60.0], [1.5, 60.0]])
    ranking = rank(board, find_treatment("per-task+floor"), 0)
    assert [row.rank for row in ranking.rows] == [1, 2, 2]
    assert ranking.rows[1].flags == ("raised to the floor: task0",)
    assert ranking.rows[0].flags == ()
    assert "raised" in ranking.notes[0]


def test_a_shift_that_is_not_enough_leaves_the_mean_undefined(make_board):
    board = make_board([[-150.0, 60.0]], [Column("A", "A"), Column("B", "B")])
    assert score(board, "per-task+shift", 0) is None


def test_suspect_cells_are_missing_unless_asked_for_as_printed(make_board):
    board = make_board([[40.0, 60.0], [30.0, 30.0]], suspect={(0, 1): "copied from elsewhere"})
    left_out = rank(board, TREATMENTS["per-task"], 1).left_out
    assert [r.left_out for r in left_out] == ["task1 is suspect (copied from elsewhere)"]
    assert score(board, "per-task+as-printed") == pytest.approx(50)


def test_mixed_counts_diagnostics_for_p_at_most_0_and_skips_the_humans_missing_one(make_board):
    columns = (Column("A", "A"), Column("X", "X", role="diagnostic"))
    rows = [[90.0, np.nan], [95.0, 50.0], [99.0, np.nan]]
    board = make_board(rows, columns, is_human=(True, False, False))
    ranking = rank(board, TREATMENTS["paper-mixed"], 0)
    assert [(row.position, row.rank) for row in ranking.rows] == [(0, 1), (1, 2), (2, None)]
    assert ranking.rows[0].flags == ("skipped: X",)
    assert "NOT the same for every row" in ranking.notes[0]
    assert [row.rank for row in rank(board, TREATMENTS["paper-mixed"], 1).rows] == [1, 2, 3]
    assert "MIXED" in rank(board, TREATMENTS["paper-mixed"], 1).notes[0]
    assert rank(board, TREATMENTS["per-task"], 0).notes == ()


def test_a_cost_cannot_be_averaged_with_scores(make_board):
    board = make_board([[1.0, 2.0]], (Column("A", "A"), Column("s", "s", higher_is_better=False)))
    with pytest.raises(TreatmentError, match=r"s is a cost.*per-task\+complement.*\+rank-only"):
        rank(board, Treatment(), 1)


COSTS = (Column("A", "A"), Column("wer", "wer", higher_is_better=False))


def test_complement_counts_what_is_left_of_the_unit(make_board):
    board = make_board([[80.0, 25.0], [70.0, 5.0], [60.0, 120.0]], COSTS)
    ranking = rank(board, find_treatment("per-task+complement"), 1)
    assert [(row.position, row.score) for row in ranking.rows] == [(1, 82.5), (0, 77.5), (2, 20.0)]
    assert ranking.notes == ("less is better for wer: 100 - x counts in place of x",)
    assert score(board, "per-task+complement", 0) == pytest.approx((80 * 75) ** 0.5)
    assert score(board, "per-task+complement", 0, row=2) is None


def test_complement_is_taken_in_the_unit_of_the_board(make_board):
    columns = (Column("A", "A"), Column("ece", "ece", unit_max=1.0, higher_is_better=False))
    assert score(make_board([[80.0, 0.25]], columns), "per-task+complement") == (80 + 75) / 2


def test_inverse_counts_one_over_the_printed_number_and_nothing_at_0(make_board):
    board = make_board([[80.0, 25.0], [70.0, 5.0], [60.0, 0.0]], COSTS)
    ranking = rank(board, find_treatment("per-task+inverse"), 1)
    assert [(row.position, row.score) for row in ranking.ranked] == [(1, 45.0), (0, 42.0)]
    assert [row.left_out for row in ranking.left_out] == ["wer = 0 has no inverse"]
    assert ranking.notes == ("less is better for wer: 100/x counts in place of the printed x",)


def test_a_cost_beside_a_score_of_its_task_is_turned_before_they_are_averaged(make_board):
    columns = (Column("A_acc", "A"), Column("A_ece", "A", "ece", higher_is_better=False))
    assert score(make_board([[80.0, 30.0]], columns), "per-task+complement") == 75


def test_a_board_without_costs_is_the_same_under_every_way_of_turning(make_board):
    board = make_board([[80.0, 25.0], [70.0, 5.0]])
    for name in ("per-task", "per-task+complement", "per-task+inverse", "per-task+rank-only"):
        assert [score(board, name, row=i) for i in (0, 1)] == [52.5, 37.5]


def test_rank_only_has_no_mean_no_floor_and_no_other_metric_beside_it(make_board):
    board = make_board([[80.0, 25.0], [70.0, 5.0]], COSTS)
    for p in (1, 0, -1):
        with pytest.raises(TreatmentError, match="the order of wer alone, which has no mean"):
            rank(board, find_treatment("per-task+rank-only"), p)
    with pytest.raises(TreatmentError, match="floor needs values"):
        treat(board, find_treatment("per-task+rank-only+floor"), by_order=True)
    columns = (Column("A_acc", "A"), Column("A_ece", "A", "ece", higher_is_better=False))
    with pytest.raises(TreatmentError, match=r"use per-metric\+rank-only"):
        treat(make_board([[80.0, 30.0]], columns), Treatment(lower="rank-only"), by_order=True)


def test_a_board_with_a_cost_is_ranked_under_the_standard_treatments_turned(make_board):
    assert standard_treatments(make_board([[1.0, 2.0]])) == tuple(TREATMENTS.values())
    names = {t.name for t in standard_treatments(make_board([[1.0, 2.0]], COSTS))}
    assert {"per-task+complement", "per-task+inverse", "per-metric+complement"} <= names
    assert "per-task" not in names
    diagnostic = (COSTS[0], Column("X", "X", role="diagnostic", higher_is_better=False))
    names = {t.name for t in standard_treatments(make_board([[1.0, 2.0]], diagnostic))}
    assert {"per-task", "per-task+diagnostics+complement"} <= names
    assert "per-task+diagnostics" not in names


UNBOUNDED = (*COSTS, Column("ppl", "ppl", unit_max=math.inf, higher_is_better=False))


def test_a_cost_that_nothing_bounds_has_an_inverse_and_an_order_but_no_complement(make_board):
    board = make_board([[80.0, 25.0, 8.0], [70.0, 5.0, 500.0]], UNBOUNDED)
    with pytest.raises(TreatmentError, match=r"nothing bounds ppl.*\+inverse.*\+rank-only"):
        rank(board, find_treatment("per-task+complement"), 1)
    with pytest.raises(TreatmentError, match=r"such as per-task\+complement"):
        rank(board, Treatment(), 1)
    with pytest.raises(TreatmentError, match=r"ppl is a cost.*such as per-task\+inverse"):
        rank(board.take(columns=[0, 2]), Treatment(), 1)
    assert score(board, "per-task+inverse") == pytest.approx((80 + 4 + 12.5) / 3)
    assert rank_by(board, find_treatment("per-task+rank-only"), "borda").ranked[0].model == "model0"
    names = {t.name for t in standard_treatments(board)}
    assert "per-task+inverse" in names
    assert not any("complement" in name for name in names)


def test_a_board_of_costs_alone_is_ranked_by_their_inverse(make_board):
    board = make_board([[8.0], [500.0]], UNBOUNDED[2:])
    assert score(board, "per-task+inverse") == 1 / 8
    assert board.unit == 1


def test_a_score_needs_a_perfect_one(make_board):
    with pytest.raises(TreatmentError, match="A is a score and needs a perfect one, got inf"):
        make_board([[8.0]], (Column("A", "A", unit_max=math.inf),))


def test_columns_of_different_units_are_brought_to_the_larger_one(make_board):
    board = make_board([[0.5, 70.0]], (Column("A", "A", unit_max=1.0), Column("B", "B")))
    assert score(board, "per-task") == pytest.approx(60)


def test_no_column_left_is_an_error(make_board):
    board = make_board([[1.0]], (Column("X", "X", role="diagnostic"),))
    with pytest.raises(TreatmentError, match="no column is left"):
        rank(board, Treatment(), 1)


def typed(values, types=("a", "a", "b"), **more):
    columns = tuple(Column(f"t{j}", f"t{j}", type=kind) for j, kind in enumerate(types))
    models = tuple(f"m{i}" for i in range(len(values)))
    return Board("b", "s", models, columns, np.array(values, dtype=float), **more)


def test_by_type_averages_the_tasks_of_a_type_first():
    board = typed([[80, 60, 10], [50, 50, 50]])
    assert [score(board, "per-task+by-type", p=1, row=i) for i in (0, 1)] == [40, 50]
    assert score(board, "per-task+by-type", p=0) == pytest.approx((70 * 10) ** 0.5)
    assert score(board, "per-task") == 50
    assert treat(board, find_treatment("per-task+by-type")).columns == ("a", "b")


def test_by_type_leaves_a_row_with_a_gap_out_or_takes_what_there_is():
    board = typed([[80, np.nan, 10], [50, 50, 50]])
    assert score(board, "per-task+by-type") is None
    assert score(board, "per-task+any-available+by-type") == 45
    assert score(board, "per-task+drop-column+by-type") == 45


def test_by_type_needs_a_type_for_every_task():
    with pytest.raises(TreatmentError, match="t2 has none"):
        rank(typed([[1, 2, 3]], types=("a", "a", None)), find_treatment("per-task+by-type"))
