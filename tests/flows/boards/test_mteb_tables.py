"""The bundled MTEB boards against MTEB's own tables (mteb 2.26.24, August 2026)."""

import csv
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from scipy.stats import kendalltau

from evaluators.averaging import find_treatment, rank, rules
from evaluators.averaging.rules.mteb_borda import NOTE
from flows.boards.board_file import read_board
from flows.cli import cli

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


def places(ranking):
    return {row.model: row.rank for row in ranking.ranked}


@pytest.mark.parametrize(
    ("board", "complete", "high", "move", "taus"),
    [
        ("mteb-eng-v2", (183, 324), 1, 5, (0.93, 0.95, 0.90, 0.93)),
        ("mteb-cmn-v1", (32, 247), 25, 2, (0.96, 0.99, 0.96, 0.97)),
    ],
)
def test_what_the_guide_says_of_the_boards_is_so(board, complete, high, move, taus):
    facts, plain = read_board(board), find_treatment("per-task")
    everyone = rules.rank_by(facts, rules.treatment_for("mteb-borda", None), "mteb-borda")
    borda = places(rules.rank_by(facts, plain, "mteb-borda"))
    assert (len(borda), len(everyone.ranked)) == complete
    assert sum(row.model not in borda for row in everyone.ranked[:50]) == high
    order = [row.model for row in everyone.ranked if row.model in borda]
    assert max(abs(place - borda[model]) for place, model in enumerate(order, start=1)) == move
    task = places(rank(facts, plain))
    others = [borda, places(rank(facts, plain, 0)), places(rank(facts, plain, -1))]
    others.append(places(rank(facts, find_treatment("per-task+by-type"))))
    found = [kendalltau([o[m] for m in o], [task[m] for m in o]).statistic for o in others]
    assert [round(tau, 2) for tau in found] == list(taus)
    assert len({min(o, key=o.__getitem__) for o in [task, *others]}) == 1


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/store.duckdb")
    return lambda *words: CliRunner().invoke(cli, list(words))


def test_the_command_names_the_treatment_that_mteb_has(run):
    words = ("rank", "mteb-cmn-v1", "--format", "json")
    shown = json.loads(run(*words, "--rule", "mteb-borda").output)
    assert shown["treatment"] == "per-task+any-available+as-printed"
    assert shown["notes"] == NOTE
    chosen = run(*words, "--rule", "mteb-borda", "--treatment", "per-task", "--by", "type")
    assert json.loads(chosen.output)["treatment"] == "per-task+by-type"
    mean = json.loads(run(*words, "--mean", "arithmetic", "--by", "type").output)
    assert mean["rows"][0]["score"] == pytest.approx(0.8029640257936507, abs=1e-12)


@pytest.mark.parametrize(("board", "language"), [("mteb-eng-v2", "eng"), ("mteb-cmn-v1", "cmn")])
def test_every_task_of_a_benchmark_has_its_language(board, language):
    assert {column.languages for column in read_board(board).columns} == {(language,)}


def test_facts_are_those_of_the_models_own_files_and_of_mtebs_table():
    board = read_board("mteb-eng-v2")
    facts = dict(zip(board.models, board.facts, strict=True))
    # results/Qwen__Qwen3-Embedding-8B/4e423935…/model_meta.json; Zero-shot of the table is 95.
    qwen = {name: fact.value for name, fact in facts["Qwen/Qwen3-Embedding-8B"].items()}
    assert qwen == {
        "parameters": 7567295488.0,
        "active_parameters": 6946075648.0,
        "dimensions": 4096.0,
        "context_tokens": 32768.0,
        "release_date": "2025-06-05",
        "licence": "apache-2.0",
        "open_weights": True,
        "instructions": True,
        "zero_shot": 0.95,
    }
    sources = {fact.source for fact in facts["Qwen/Qwen3-Embedding-8B"].values()}
    assert len(sources) == 2
    assert "zero_shot" not in facts["voyageai/voyage-3"]
