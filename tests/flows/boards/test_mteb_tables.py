"""The bundled MTEB boards against MTEB's own tables (mteb 2.26.24, August 2026)."""

import csv
from pathlib import Path

import pytest

from evaluators.averaging import find_treatment, rank, rules
from flows.boards.board_file import read_board

BOARDS = ("mteb-eng-v2", "mteb-cmn-v1")


def official(board):
    path = Path(__file__).parent / f"official_{board}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["model"]: row for row in csv.DictReader(file)}


def test_the_tables_are_mtebs_own():
    assert [len(official(board)) for board in BOARDS] == [308, 242]


@pytest.mark.parametrize("board", BOARDS)
def test_every_rank_is_mtebs(board):
    treatment = rules.treatment_for("mteb-borda", None)
    ranking = rules.rank_by(read_board(board), treatment, "mteb-borda")
    ranks = {row.model: row.rank for row in ranking.rows}
    expected = {model: int(row["rank"]) for model, row in official(board).items()}
    assert {model: ranks[model] for model in expected} == expected


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize(
    ("treatment", "column"), [("per-task", "mean_task"), ("per-task+by-type", "mean_type")]
)
def test_every_mean_is_mtebs_and_who_has_none_has_none_here(board, treatment, column):
    ranking = rank(read_board(board), find_treatment(treatment))
    scores = {row.model: row.score for row in ranking.rows}
    expected = {
        model: float(row[column]) if row[column] else None for model, row in official(board).items()
    }
    assert {m for m, score in expected.items() if score is None} == {
        m for m in expected if scores[m] is None
    }
    means = {model: score for model, score in expected.items() if score is not None}
    assert {model: scores[model] for model in means} == pytest.approx(means, rel=0, abs=1e-9)
