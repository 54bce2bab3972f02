"""Published averages against recomputed ones."""

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Column, find_treatment
from evaluators.averaging.audit import best_fit, recompute, recompute_all
from evaluators.averaging.audit.recompute import half_digit, published_factor
from flows.boards.leaderboards import read_board

PRINTED = find_treatment("per-task+as-printed")


@pytest.mark.parametrize(
    ("name", "snapshot", "agree", "compared"),
    [
        ("glue", "2021", 97, 97),
        ("glue", "2022-01", 104, 105),
        ("superglue", "2021", 22, 22),
        ("superglue", "2022-01", 24, 24),
        ("xtreme", "2021-11", 1, 15),
    ],
)
def test_how_many_published_averages_the_cells_give(name, snapshot, agree, compared):
    found = recompute(read_board(name, snapshot), PRINTED)
    assert (found.agree, found.compared) == (agree, compared)
    assert len(found.off) == compared - agree


def test_the_suspect_cell_out_leaves_104_of_104():
    found = recompute(read_board("glue", "2022-01"), TREATMENTS["per-task"])
    assert (found.agree, found.compared) == (104, 104)


@pytest.mark.parametrize("name", ["glue", "superglue"])
def test_the_best_fit_is_the_arithmetic_mean_per_task_without_diagnostics(name):
    best = best_fit(recompute_all(read_board(name, "2021")))
    assert (best.treatment.name, best.mean) == ("per-task", "arithmetic")


@pytest.mark.parametrize("p", [1.0, 0.0, -1.0])
def test_a_board_published_under_another_mean_is_recognised(make_board, p):
    from evaluators.averaging import power_means

    values = np.random.default_rng(0).uniform(10, 100, (12, 4)).round(1)
    board = make_board(values, published=power_means(values, p).round(1))
    assert best_fit(recompute_all(board)).p == p


def test_nothing_published_fits_nothing(make_board):
    found = recompute_all(make_board([[1.0, 2.0]]))
    assert best_fit(found) is None
    assert {a.compared for a in found} == {0}
    assert found[0].worst is None


def test_tolerance_none_is_what_the_printed_digits_allow(make_board):
    board = make_board([[70.1, 80.2], [60.3, 70.4]], published=np.array([75.2, 65.4]))
    found = recompute(board, PRINTED, tolerance=None)
    assert found.tolerance == pytest.approx(0.05 + 0.05)
    assert found.agree == 2
    finer = make_board([[70.11, 80.22], [60.33, 70.44]], published=np.array([75.17, 65.48]))
    found = recompute(finer, PRINTED, tolerance=None)
    assert found.tolerance == pytest.approx(0.01)
    assert found.off == (1,)


def test_the_tolerance_is_for_a_unit_of_100(make_board):
    columns = [Column(name, name, unit_max=1.0) for name in "ab"]
    board = make_board([[0.7, 0.8], [0.6, 0.7]], columns, published=np.array([0.7505, 0.66]))
    found = recompute(board, PRINTED)
    assert found.tolerance == pytest.approx(0.001)
    assert found.off == (1,)


@pytest.mark.parametrize(("unit", "factor"), [(1.0, 0.01), (100.0, 1.0)])
def test_an_average_in_per_cent_over_proportions_is_brought_to_one_unit(make_board, unit, factor):
    columns = [Column(name, name, unit_max=unit) for name in "ab"]
    values = np.array([[70.0, 80.0], [60.0, 70.0]]) * unit / 100
    board = make_board(values, columns, published=np.array([75.0, 65.0]))
    assert published_factor(board) == factor
    assert recompute(board, PRINTED).agree == 2


def test_a_cost_column_is_a_reason_and_no_crash(make_board):
    board = make_board([[1.0]], [Column("loss", "loss", higher_is_better=False)])
    found = recompute(board, PRINTED)
    assert "lower is better" in found.refused
    assert found.compared == 0


def test_half_a_digit():
    assert half_digit(np.array([1.0, 2.0, np.nan])) == 0.5
    assert half_digit(np.array([1.5, 2.0])) == 0.05
    assert half_digit(np.array([71.25])) == 0.005
    assert half_digit(np.array([1 / 3])) == 0
    assert half_digit(np.array([np.nan])) == 0
