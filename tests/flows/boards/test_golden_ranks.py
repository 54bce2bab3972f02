"""Numbers recomputed from the boards' own cells; each was checked by hand-written code before."""

import pytest

from evaluators.averaging import TREATMENTS, compare, power_means, rank, treat
from flows.boards.leaderboards import read_board

RANKS = {  # (board, snapshot, treatment): rank of the human row under AM, GM, HM
    ("glue", "2021", "per-task"): (16, 16, 16),
    ("glue", "2022-01", "per-task"): (19, 19, 19),
    ("superglue", "2021", "per-task"): (4, 4, 5),
    ("superglue", "2022-01", "per-task"): (6, 6, 7),
    ("glue", "2021", "per-metric"): (17, 17, 17),
    ("glue", "2022-01", "per-metric"): (20, 20, 20),
    ("superglue", "2021", "per-metric"): (5, 5, 5),
    ("superglue", "2022-01", "per-metric"): (7, 7, 7),
    # the column set puts humans first, under the arithmetic mean too
    ("superglue", "2021", "per-task+diagnostics"): (1, 1, 1),
    ("superglue", "2022-01", "per-task+diagnostics"): (2, 2, 2),
    ("superglue", "2021", "per-metric+diagnostics"): (2, 2, 4),
    # no human AX exists on GLUE: the honest answer is no rank; as printed it is one borrowed cell
    ("glue", "2021", "per-task+diagnostics"): (None, None, None),
    ("glue", "2021", "per-task+diagnostics+as-printed"): (7, 6, 1),
    ("glue", "2021", "per-metric+diagnostics+as-printed"): (15, 12, 11),
    ("glue", "2022-01", "per-task+diagnostics+as-printed"): (27, None, None),
    # counting diagnostics for GM and HM only is what makes "humans are still first"
    ("glue", "2021", "paper-mixed"): (16, 1, 1),
    ("glue", "2021", "paper-mixed+as-printed"): (16, 6, 1),
    ("superglue", "2021", "paper-mixed"): (4, 1, 1),
    ("superglue", "2022-01", "paper-mixed"): (6, 2, 2),
}


@pytest.mark.parametrize(("board", "snapshot", "treatment"), RANKS)
def test_human_rank_under_three_means(board, snapshot, treatment):
    comparison = compare(read_board(board, snapshot), TREATMENTS[treatment])
    assert tuple(comparison.human.ranks.values()) == RANKS[board, snapshot, treatment]


def test_superglue_2021_scores_under_three_means():
    comparison = compare(read_board("superglue", "2021"), TREATMENTS["per-task"])
    scores = {r.model: [round(s, 2) for s in r.scores.values() if s] for r in comparison.rows}
    assert scores["ERNIE 3.0"] == [90.62, 90.20, 89.76]
    assert scores["T5 + UDG, Single Model (Google Brain)"] == [90.39, 90.00, 89.58]
    assert scores["DeBERTa / TuringNLRv4"] == [90.29, 89.90, 89.48]
    assert scores["SuperGLUE Human Baselines"] == [89.79, 89.09, 88.32]
    assert scores["T5"] == [89.25, 88.91, 88.54]


def test_no_model_falls_below_the_human_row_and_t5_rises_above_it():
    comparison = compare(read_board("superglue", "2021"), TREATMENTS["per-task"])
    human = comparison.human
    crossed = {
        mean: {
            row.model
            for row in comparison.rows
            if row.ranks[mean] is not None
            and (row.ranks["arithmetic"] < human.ranks["arithmetic"])
            != (row.ranks[mean] < human.ranks[mean])
        }
        for mean in ("geometric", "harmonic")
    }
    assert crossed == {"geometric": set(), "harmonic": {"T5"}}


def test_mixed_rule_on_glue_2021_scores():
    board = read_board("glue", "2021")
    for p, human, best in ((0, 86.32, 85.84), (-1, 85.52, 84.19)):
        ranking = rank(board, TREATMENTS["paper-mixed"], p)
        assert round(ranking.human.score, 2) == human
        assert round(next(r.score for r in ranking.rows if not r.is_human), 2) == best
        assert ranking.human.flags == ("skipped: AX",)


@pytest.mark.parametrize(
    ("p", "place"),
    [(-20, 11), (-10, 8)] + [(p, 5) for p in (-5, -4, -3, -2, -1)]
    + [(p, 4) for p in (0, 1, 2, 3)] + [(5, 2), (10, 1), (15, 1), (20, 1)],
)  # fmt: skip
def test_human_rank_over_p_on_superglue_2021(p, place):
    assert rank(read_board("superglue", "2021"), TREATMENTS["per-task"], p).human.rank == place


def test_human_rank_over_p_on_glue_2021_stays_16_from_minus_20_to_2():
    board = read_board("glue", "2021")
    for p in range(-20, 3):
        assert rank(board, TREATMENTS["per-task"], p).human.rank == 16


def test_dropping_multirc_alone_puts_humans_first_and_no_other_task_does():
    board = read_board("superglue", "2021")
    first = set()
    for task in dict.fromkeys(c.task for c in board.columns if c.role == "main"):
        keep = [j for j, c in enumerate(board.columns) if c.task != task]
        human = compare(board.take(columns=keep), TREATMENTS["per-task"]).human
        places = set(human.ranks.values())
        if places == {1}:
            first.add(task)
        else:
            assert places <= {4, 5}
    assert first == {"MultiRC"}


def test_mteb_206_models_are_complete_and_one_cell_of_003_moves_a_model_36_places():
    board = read_board("mteb-classic-en")
    comparison = compare(board, TREATMENTS["per-task"])
    assert len(comparison.first.ranked) == 206
    row = next(r for r in comparison.rows if r.model == "paraphrase-multilingual-MiniLM-L12-v2")
    assert round(row.scores["arithmetic"], 2) == 52.45
    assert round(row.scores["harmonic"], 2) == 1.62
    assert row.ranks["arithmetic"] == 169
    assert row.ranks["harmonic"] in range(200, 207)
    for mean in comparison.rankings.values():
        assert mean.rows[0].model == "voyage-3-m-exp"


def test_scores_of_every_board_equal_scipy():
    from scipy.stats import gmean, hmean

    for name in ("glue", "superglue", "mteb-classic-en", "openllm-v1"):
        matrix = treat(read_board(name), TREATMENTS["per-task"])
        values = matrix.values[matrix.complete & (matrix.values > 0).all(axis=1)]
        assert power_means(values, 0) == pytest.approx(gmean(values, axis=1), rel=1e-12)
        assert power_means(values, -1) == pytest.approx(hmean(values, axis=1), rel=1e-12)
