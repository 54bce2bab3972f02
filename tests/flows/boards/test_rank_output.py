import csv
import io
import json

import numpy as np
import pytest

from evaluators.averaging import TREATMENTS, Board, Column, compare, find_treatment, rank
from flows.boards.leaderboards import read_board
from flows.errors import LeaderboardError
from flows.reports.rank import FORMATS, format_comparison, format_ranking

NASTY = [
    "=1+1",
    "+x",
    "-y",
    "@z",
    "\tq",
    "a|b",
    "a & b_%$#{}~^\\",
    "[bold]no[/bold]",
    "\x1b[31mred",
]


@pytest.fixture(scope="module")
def nasty():
    return Board(
        name="nasty",
        snapshot="2000",
        models=tuple(NASTY),
        columns=(Column("A", "A"), Column("B", "B")),
        values=np.array([[90 - i, 50.0] for i in range(8)] + [[np.nan, 1.0]]),
        submitted_by=("=cmd",) * 9,
    )


@pytest.fixture(scope="module")
def superglue():
    return read_board("superglue", "2021")


@pytest.mark.parametrize("form", FORMATS)
def test_every_output_names_board_snapshot_treatment_p_and_n(superglue, form):
    text = format_ranking(rank(superglue, TREATMENTS["per-metric"], -1), form)
    comparison = format_comparison(compare(superglue, TREATMENTS["per-metric"]), form)
    size = {"csv": ",20,11,", "json": '"n_models": 20'}.get(form, "20 of 24 models over 11 columns")
    assert size in text
    assert size in comparison
    for said in ("2021", "per-metric", "harmonic", "-1"):
        assert said in text
        assert said in comparison
    for output in (text, comparison):
        assert "superglue" in output.lower()
        assert "Outside Best" in output
        assert "no value for" in output
    assert "geometric" in comparison


@pytest.mark.parametrize("form", FORMATS)
def test_every_output_flags_a_mixed_treatment(superglue, form):
    for p in (1, 0):
        assert "NOT the same for every row" in format_ranking(
            rank(superglue, TREATMENTS["paper-mixed"], p), form
        )
    assert "NOT the same" in format_comparison(compare(superglue, TREATMENTS["paper-mixed"]), form)


@pytest.mark.parametrize("form", FORMATS)
def test_every_output_says_what_was_done_to_one_row_only(form):
    board = read_board("glue", "2021")
    text = format_ranking(rank(board, TREATMENTS["paper-mixed"], 0), form)
    assert "skipped: AX" in text
    text = format_ranking(rank(board, find_treatment("per-task+available-only"), 1), form)
    assert "mean of 8 of 9 columns" in text
    text = format_comparison(compare(board, TREATMENTS["paper-mixed"]), form)
    assert "skipped: AX" in text
    if form in ("table", "latex", "markdown"):
        assert "geometric, harmonic: skipped: AX" in text
    text = format_comparison(compare(board, find_treatment("per-task+available-only")), form)
    assert "mean of 8 of 9 columns" in text
    assert "arithmetic: mean of 8" not in text  # under every mean, so that none is named


def test_proportions_are_shown_with_the_digits_that_order_them():
    board = Board(
        name="b",
        snapshot="1",
        models=("a", "b"),
        columns=(Column("A", "A", unit_max=1.0), Column("B", "B", unit_max=1.0)),
        values=np.array([[0.9012, 0.9012], [0.9009, 0.9009]]),
    )
    for text in (format_comparison(compare(board, TREATMENTS["per-task"])),
                 format_ranking(rank(board, TREATMENTS["per-task"], -1))):  # fmt: skip
        assert "0.9012" in text
        assert "0.9009" in text


def test_csv_reads_back_with_full_precision(superglue):
    ranking = rank(superglue, TREATMENTS["per-task"], 0)
    rows = list(csv.DictReader(io.StringIO(format_ranking(ranking, "csv"))))
    assert len(rows) == 24
    assert [float(r["score"]) for r in rows[:22]] == [row.score for row in ranking.ranked]
    assert rows[3]["is_human"] == "1"
    assert rows[23]["rank"] == rows[23]["score"] == ""
    together = format_comparison(compare(superglue, TREATMENTS["per-task"]), "csv")
    assert len(list(csv.DictReader(io.StringIO(together)))) == 72


def test_csv_text_that_a_spreadsheet_would_run_is_escaped_and_numbers_are_not(nasty):
    board = Board(
        name="negative",
        snapshot="2000",
        models=nasty.models,
        columns=nasty.columns,
        values=-nasty.values,
        submitted_by=nasty.submitted_by,
    )
    rows = list(
        csv.DictReader(io.StringIO(format_ranking(rank(board, TREATMENTS["per-task"], 1), "csv")))
    )
    by_model = {row["model"]: row for row in rows}
    for name in NASTY[:5]:
        assert "'" + name in by_model
        assert name not in by_model
    assert "a|b" in by_model
    assert {row["submitted_by"] for row in rows} == {"'=cmd"}
    assert float(by_model["'=1+1"]["score"]) == -70
    assert {row["p"] for row in rows} == {"1.0"}


def test_json_is_json_even_for_an_infinite_p(superglue):
    ranking = json.loads(format_ranking(rank(superglue, TREATMENTS["per-task"], -np.inf), "json"))
    assert ranking["p"] == "-inf"
    assert ranking["choices"]["missing"] == "unranked"
    assert len(ranking["rows"]) == 24
    assert ranking["columns"][3] == "MultiRC"
    together = json.loads(format_comparison(compare(superglue, TREATMENTS["per-task"]), "json"))
    human = next(row for row in together["rows"] if row["is_human"])
    assert human["ranks"] == {"arithmetic": 4, "geometric": 4, "harmonic": 5}
    assert human["moves"]["harmonic"] == -1


def test_names_are_never_markup(nasty):
    ranking = rank(nasty, TREATMENTS["per-task"], 1)
    table = format_ranking(ranking, "table")
    assert "[bold]no[/bold]" in table
    assert "\x1b" not in table
    latex = format_ranking(ranking, "latex")
    assert r"a \& b\_\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}" in latex
    markdown = format_ranking(ranking, "markdown")
    assert r"a\|b" in markdown
    rows = [line for line in markdown.splitlines() if line.startswith("| ")]
    assert {line.replace(r"\|", "").count("|") for line in rows} == {5}


def test_table_is_not_cut_however_long_a_name(nasty):
    board = Board(
        name="long",
        snapshot="2000",
        models=("x" * 400, "汉" * 200),
        columns=(Column("A", "A"),),
        values=np.array([[2.0], [1.0]]),
    )
    table = format_ranking(rank(board, TREATMENTS["per-task"], 1), "table")
    assert "x" * 400 in table
    assert "汉" * 200 in table


def test_unknown_format_comes_with_the_nearest(superglue):
    with pytest.raises(LeaderboardError, match="did you mean 'latex'"):
        format_ranking(rank(superglue, TREATMENTS["per-task"], 1), "late")
