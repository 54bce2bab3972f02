"""`rankcheck exponents --curve`: every model's score and rank at each exponent."""

import csv
import io
import json

import numpy as np
import pytest
from click.testing import CliRunner

from evaluators.averaging import TREATMENTS, find_treatment, rank
from flows.boards.leaderboards import read_board
from flows.cli import cli
from flows.reports.exponent_curve import format_curve
from flows.reports.sheet import FORMATS
from tests.flows.boards.boards import made_up

PER_TASK = TREATMENTS["per-task"]


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/none.duckdb")

    def call(*words):
        result = CliRunner().invoke(cli, ["exponents", *words], standalone_mode=False)
        assert result.exception is None, result.exception
        return result.output

    return call


def lines(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_csv_has_each_model_at_each_exponent_as_rank_has_it(run):
    found = lines(run("superglue", "--snapshot", "2021", "--curve", "--format", "csv"))
    board = read_board("superglue", "2021")
    assert len(found) == 81 * len(board.models)
    assert [float(line["p"]) for line in found[:: len(board.models)]] == [
        k / 2 for k in range(-40, 41)
    ]
    for p in (-20.0, -1.0, 0.0, 1.0, 7.5, 20.0):
        ranking = rank(board, PER_TASK, p)
        expected = {row.model: (row.score, row.rank) for row in ranking.rows}
        at = [line for line in found if float(line["p"]) == p]
        assert {line["mean"] for line in at} == {ranking.mean}
        assert {(line["n_models"], line["n_columns"]) for line in at} == {("22", "8")}
        assert {
            line["model"]: (
                float(line["score"]) if line["score"] else None,
                int(line["rank"]) if line["rank"] else None,
            )
            for line in at
        } == {model: (pytest.approx(score), place) for model, (score, place) in expected.items()}
    assert {(line["board"], line["snapshot"], line["treatment"]) for line in found} == {
        ("superglue", "2021", "per-task")
    }


def test_json_says_the_same_as_csv(run):
    words = ("superglue", "--curve", "--from", "-1", "--to", "1", "--step", "0.25")
    document = json.loads(run(*words, "--format", "json"))
    assert document["p"] == [-1, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 0.75, 1]
    flat = lines(run(*words, "--format", "csv"))
    assert [(x["p"], x["model"], x["score"], x["rank"]) for x in document["rows"]] == [
        (float(x["p"]), x["model"], float(x["score"]), int(x["rank"])) for x in flat
    ]


def test_people_see_ranks_at_a_few_exponents_and_where_the_rest_is(run):
    words = ("superglue", "--snapshot", "2021", "--curve")
    for form in ("table", "markdown", "latex"):
        text = run(*words, "--format", form)
        for said in ("2021", "per-task", "[-20, 20]", "22 of 24 models over 8 columns", "csv"):
            assert said in text.replace("\\[", "[").replace("\\]", "]")
    human = next(x for x in run(*words).splitlines() if x.startswith("SuperGLUE Human"))
    board = read_board("superglue", "2021")
    expected = [
        next(row.rank for row in rank(board, PER_TASK, p).rows if row.is_human)
        for p in (-20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20)
    ]
    assert [int(x) for x in human.split()[-11:]] == expected


def test_round_exponents_that_are_not_reached_give_way_to_even_ones(run):
    text = run("superglue", "--curve", "--from", "2.1", "--to", "4.1", "--step", "0.1")
    assert "p = 2.1  p = 2.3  p = 2.5" in text
    assert "21 exponents, 0.1 apart" in text
    assert "p: [1, 1], 1 exponent\n" in run("superglue", "--curve", "--from", "1", "--to", "1")


def test_a_row_without_a_mean_at_some_exponents_has_a_dash_there():
    board = made_up([[90, 0, 80], [30, 40, 50], [20, np.nan, 30]])
    flat = lines(format_curve(board, PER_TASK, -1, 1, 1, "csv"))
    assert [(x["p"], x["n_models"], x["rank"]) for x in flat if x["model"] == "m0"] == [
        ("-1.0", "1", ""),
        ("0.0", "1", ""),
        ("1.0", "2", "1"),
    ]
    text = format_curve(board, PER_TASK, -1, 1, 1)
    assert [x.split() for x in text.splitlines() if x.startswith("m0")] == [
        ["m0", "-", "-", "1"]
    ]  # a row that has a rank at p = 1 leads that order
    assert "m0: not at every p: no mean for p = -1" in text
    assert "m2: no value for t1" in text
    for form in FORMATS:
        assert format_curve(board, PER_TASK, -1, 1, 1, form)


def test_rows_of_one_name_are_told_apart_and_no_row_at_all_is_no_reason_to_fail():
    twice = made_up([[5, 6], [4, 7]], models=("a", "a"))
    assert {x["model"] for x in lines(format_curve(twice, PER_TASK, 0, 1, 1, "csv"))} == {
        "a#1",
        "a#2",
    }
    nobody = made_up([[np.nan, 6], [4, np.nan]])
    for form in FORMATS:
        assert "made-up" in format_curve(nobody, PER_TASK, 0, 1, 1, form)
    assert "none" in format_curve(nobody, PER_TASK, 0, 1, 1)


def test_a_mixed_treatment_has_its_columns_at_each_exponent():
    board, mixed = read_board("superglue", "2021"), find_treatment("paper-mixed")
    flat = lines(format_curve(board, mixed, -1, 1, 1, "csv"))
    for p in (-1.0, 0.0, 1.0):
        ranking = rank(board, mixed, p)
        assert {int(x["n_columns"]) for x in flat if float(x["p"]) == p} == {len(ranking.columns)}
    assert "NOT the same for every row" in format_curve(board, mixed, -1, 1, 1)
