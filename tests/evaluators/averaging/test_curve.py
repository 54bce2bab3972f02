import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, find_treatment, rank
from evaluators.averaging.curve import curve, grid
from evaluators.errors import TreatmentError
from flows.boards.leaderboards import read_board


def test_default_grid_has_the_three_means_exactly():
    p = grid()
    assert len(p) == 401
    assert (p[0], p[-1]) == (-20, 20)
    assert {-1.0, 0.0, 0.5, 1.0} <= set(p.tolist())
    assert not np.signbit(p[200])
    assert grid(-1, 1, 1, ends=True).tolist() == [-np.inf, -1, 0, 1, np.inf]
    assert grid(3, 3).tolist() == [3]


@pytest.mark.parametrize("bad", [(1, -1, 0.1), (0, 1, 0), (0, np.inf, 1), (np.nan, 1, 1)])
def test_grids_without_exponents_are_refused(bad):
    with pytest.raises(TreatmentError, match="exponents need finite"):
        grid(*bad)


@pytest.mark.parametrize(
    "treatment", ["per-task", "paper-mixed", "per-metric+diagnostics", "per-task+available-only"]
)
def test_every_point_is_what_rank_says(treatment):
    board, chosen = read_board("glue", "2021"), find_treatment(treatment)
    found = curve(board, chosen, grid(-3, 3, 0.5, ends=True))
    assert found.scores.shape == found.ranks.shape == (15, len(board.models))
    for p, scores, ranks in zip(found.p, found.scores, found.ranks, strict=True):
        for row in rank(board, chosen, float(p)).rows:
            expected = (row.score, row.rank)
            here = (scores[row.position], ranks[row.position])
            assert expected == (tuple(here) if row.rank else (None, None))


def test_rows_with_a_zero_begin_above_zero_and_notes_are_kept():
    board = read_board("glue", "2021")
    found = curve(board, TREATMENTS["paper-mixed"], [-1, 0, 0.5, 1])
    defined = ~np.isnan(found.scores).all(axis=1)
    assert defined.all()
    assert np.isnan(found.scores[:2]).sum() > np.isnan(found.scores[2:]).sum()
    assert any("NOT the same" in note for note in found.notes)


def test_an_exponent_that_is_no_number_is_refused():
    with pytest.raises(TreatmentError, match="exponent"):
        curve(read_board("superglue", "2021"), TREATMENTS["per-task"], [1, np.nan])
