"""Ranks of the human row under other rules, recomputed from the boards' own cells."""

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, rules, treat
from flows.boards.leaderboards import read_board

PER_TASK = TREATMENTS["per-task"]


@pytest.mark.parametrize(
    ("rule", "place"),
    [("mean-rank", 4), ("borda", 4), ("mean-win-rate", 4), ("median", 5), ("minimum", 12),
     ("dowdall", 1), ("copeland", 1), ("kemeny", 1), ("bradley-terry", 4)],
)  # fmt: skip
def test_human_rank_on_superglue_2021(rule, place):
    ranking = rules.rank_by(read_board("superglue", "2021"), PER_TASK, rule)
    assert len(ranking.ranked) == 22
    assert ranking.human.rank == place


@pytest.mark.parametrize(("rule", "place"), [("borda", 14), ("copeland", 9), ("dowdall", 2)])
def test_human_rank_among_the_first_30_complete_rows_of_glue_2021(rule, place):
    board = read_board("glue", "2021")
    first = board.take(np.flatnonzero(treat(board, PER_TASK).complete)[:30])
    assert rules.rank_by(first, PER_TASK, rule).human.rank == place


def test_borda_puts_another_model_first_on_mteb_than_the_three_means():
    ranking = rules.rank_by(read_board("mteb-classic-en"), PER_TASK, "borda")
    assert len(ranking.ranked) == 206
    assert ranking.rows[0].model == "jasper_en_vision_language_v1"
