"""Things that went wrong in copies of these boards, or in programs that ranked them."""

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Board, Column, compare, rank
from flows.boards.leaderboards import boards, read_board


def row_of(ranking, model):
    return next(row for row in ranking.rows if row.model == model)


@pytest.mark.parametrize("snapshot", ["2021", "2022-01"])
def test_anshuman_singh_is_no_human(snapshot):
    board = read_board("glue", snapshot)
    rows = [i for i, who in enumerate(board.submitted_by) if "anshuman" in who.lower()]
    assert len(rows) == 3
    assert not any(board.is_human[i] for i in rows)
    assert sum(board.is_human) == 1


def test_human_rows_are_marked_once_and_only_where_the_board_has_one():
    for name, snapshots in boards().items():
        for snapshot in snapshots:
            humans = sum(read_board(name, snapshot).is_human)
            assert humans == (1 if name in ("glue", "superglue", "value") else 0), name


def test_vega_v2_with_a_negative_ax_b_keeps_its_means_where_diagnostics_do_not_count():
    columns = (Column("BoolQ", "BoolQ"), Column("AX-b", "AX-b", "matthews", role="diagnostic"))
    board = Board(
        name="superglue",
        snapshot="made up",
        models=("Vega v2", "other"),
        columns=columns,
        values=np.array([[90.5, -0.4], [90.0, 60.0]]),
    )
    for p in (1, 0, -1):
        assert rank(board, TREATMENTS["per-task"], p).rows[0].model == "Vega v2"
    assert row_of(rank(board, TREATMENTS["per-task+diagnostics"], 1), "Vega v2").rank == 2
    for p in (0, -1):
        left_out = row_of(rank(board, TREATMENTS["per-task+diagnostics"], p), "Vega v2").left_out
        assert left_out == f"no mean for p = {p}, which needs values above 0: AX-b = -0.4"


def test_adapet_with_ax_b_minus_04_is_not_nan_as_a_weight_of_0_would_make_it():
    board = read_board("superglue", "2021")
    for model in ("ADAPET (ALBERT) - few-shot", "Most Frequent Class"):
        row = next(r for r in compare(board, TREATMENTS["per-task"]).rows if r.model == model)
        assert all(score is not None and score > 0 for score in row.scores.values())
    row = row_of(rank(board, TREATMENTS["per-task+diagnostics"], -1), "ADAPET (ALBERT) - few-shot")
    assert "AX-b = -0.4" in row.left_out


def test_cola_0_leaves_ten_rows_without_a_geometric_mean_rather_than_with_a_mean_of_0():
    board = read_board("glue", "2021")
    left_out = rank(board, TREATMENTS["per-task"], 0).left_out
    assert sum(row.left_out.endswith("CoLA = 0") for row in left_out) == 10
    assert rank(board, TREATMENTS["per-task"], 1).left_out == tuple(
        row for row in left_out if row.left_out.startswith("no value")
    )


def test_xlnet_albert_and_machamp_have_gaps_on_glue_2021_and_are_listed_with_the_cell():
    left_out = rank(read_board("glue", "2021"), TREATMENTS["per-task"], 1).left_out
    assert {row.model: row.left_out for row in left_out} == {
        "XLNet (ensemble)": "no value for QNLI",
        "ALBERT (Ensemble)": "no value for QNLI",
        "MaChAmp (bert-large, single task)": "no value for STS-B_P",
    }


def test_cbow_multirc_f1a_0_under_each_way_to_combine_the_metrics_of_a_task():
    board = read_board("superglue", "2021")
    assert row_of(rank(board, TREATMENTS["per-task"], -1), "CBoW").score > 0
    assert "MultiRC_F1a = 0" in row_of(rank(board, TREATMENTS["per-metric"], -1), "CBoW").left_out


def test_refbert_ax_minus_103_counts_only_where_diagnostics_do():
    board = read_board("glue", "2021")
    plain = [r for r in rank(board, TREATMENTS["per-task"], 0).rows if r.model == "RefBERT"]
    assert len(plain) == 4
    assert all(row.rank for row in plain)
    counted = rank(board, TREATMENTS["per-task+diagnostics"], 0).rows
    assert sum("AX = -10.3" in (row.left_out or "") for row in counted) == 3


def test_the_human_ax_of_glue_that_is_superglues_ax_b_is_flagged_with_its_reason():
    glue, superglue = read_board("glue", "2021"), read_board("superglue", "2021")
    human = glue.is_human.index(True)
    (place,) = glue.suspect
    assert place == (human, [c.name for c in glue.columns].index("AX"))
    ax_b = [c.name for c in superglue.columns].index("AX-b")
    assert glue.values[place] == superglue.values[superglue.is_human.index(True), ax_b] == 76.6
    assert "AX-b of SuperGLUE" in glue.suspect[place]


def test_a_row_of_proportions_on_a_board_of_per_cent_is_suspect():
    board = read_board("mteb-classic-en")
    row = board.models.index("b1ade-embed-kd_3")
    assert sum(i == row for i, _ in board.suspect) == 47
    assert np.nanmax(board.values[row]) <= 1
