"""The boards' own averages, recomputed from their own cells."""

import numpy as np
import pytest

from evaluators.averaging import find_treatment, treat
from evaluators.averaging.rules import rank_by
from flows.boards.leaderboards import boards, read_board

AS_PRINTED = find_treatment("per-task+as-printed")
NO_PLAIN_MEAN = ("glue", "xtreme", "helm-lite")
EVERY = [(name, snapshot) for name, snapshots in boards().items() for snapshot in snapshots]


def recomputed(board):
    scores = treat(board, AS_PRINTED).scores(1)
    both = ~np.isnan(scores) & ~np.isnan(board.published)
    off = np.abs(scores - board.published)
    return int(both.sum()), [board.models[i] for i in np.flatnonzero(both & (off > 0.1))]


@pytest.mark.parametrize(
    ("name", "snapshot", "rows"),
    [("glue", "2021", 97), ("superglue", "2021", 22), ("superglue", "2022-01", 24)],
)
def test_every_published_average_is_recomputed(name, snapshot, rows):
    assert recomputed(read_board(name, snapshot)) == (rows, [])


def test_the_one_exception_of_glue_2022_is_the_zero_filled_cell():
    board = read_board("glue", "2022-01")
    assert recomputed(board) == (105, ["MaChAmp (bert-large single task)"])
    row = board.models.index("MaChAmp (bert-large single task)")
    assert treat(board, AS_PRINTED).scores(1)[row] == pytest.approx(73.17, abs=0.01)
    assert board.published[row] == 67.6
    # the board took the whole task for 0, the copy only the missing one of its two metrics
    values = treat(board, AS_PRINTED).values[row].copy()
    values[3] = 0
    assert values.mean() == pytest.approx(67.6, abs=0.05)
    assert board.suspect[row, 4].endswith("filled the gap with 0")
    assert np.isnan(treat(board, find_treatment("per-task")).scores(1)[row])


@pytest.mark.parametrize(("name", "snapshot"), [b for b in EVERY if b[0] not in NO_PLAIN_MEAN])
def test_other_boards_average_their_columns_plainly(name, snapshot):
    rows, off = recomputed(read_board(name, snapshot))
    assert rows >= 2
    assert off == []


def test_helm_lite_publishes_the_mean_win_rate_to_its_rounding():
    board = read_board("helm-lite")
    scores = {row.position: row.score for row in rank_by(board, AS_PRINTED, "mean-win-rate").rows}
    off = [abs(scores[i] - published) for i, published in enumerate(board.published)]
    assert len(off) == 48
    # HELM takes win rates of scores with all their digits, which its long table rounds to three.
    assert max(off) < 0.006
    assert np.median(off) < 0.001


def test_xtreme_does_not_average_its_four_columns_but_weighs_them_2_2_3_2():
    board = read_board("xtreme")
    assert len(recomputed(board)[1]) == 14
    assert np.abs(board.values @ [2, 2, 3, 2] / 9 - board.published).max() < 0.07
