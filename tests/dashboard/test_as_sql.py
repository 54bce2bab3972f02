"""Tables as queries: the page SQL gets the query that gave the very rows."""

from __future__ import annotations

from urllib.parse import parse_qs

import numpy as np
import pandas as pd
import pytest
from streamlit.dataframe_util import convert_arrow_bytes_to_pandas_df
from streamlit.testing.v1 import AppTest

from dashboard.as_sql import filled, sql_of
from dashboard.charts.exponents import TICKS
from dashboard.leaderboards.board_sql import board_sql
from dashboard.leaderboards.entries import entries_of
from dashboard.leaderboards.view import view_of
from dashboard.queries import claims, clue, compare, overview, sts
from db import open_store, run_query
from db.leaderboards import write_boards
from evaluators.averaging import Board, Column, Treatment
from evaluators.averaging.selection import Selection, select
from evaluators.averaging.stability.pair import paired_models
from evaluators.model_facts.facts import Fact
from flows.boards.leaderboards import load_board
from flows.boards.stored import board_rows
from tests.dashboard.look import SHOWN
from tests.dashboard.stores import Fill


def of_page(app: AppTest) -> list[str]:
    """Return the queries with which the links of a page open the page SQL."""
    links = [link.proto for link in app.get("page_link")]
    return [parse_qs(x.query_string)["sql"][0] for x in links if x.label == "Open as SQL"]


def frame(url: str, sql: str) -> pd.DataFrame:
    """Return the answer to a query, asked as the page SQL asks."""
    found = run_query(open_store(url).url, sql, max_rows=100_000)
    return pd.DataFrame([list(row) for row in found.rows], columns=list(found.columns))


def drawn(app: AppTest) -> list[pd.DataFrame]:
    """Return the data of the charts of a page."""
    charts = [chart.proto for chart in app.get("vega_lite_chart")]
    sent = [data.data.data for chart in charts for data in chart.datasets]
    return [convert_arrow_bytes_to_pandas_df(one) for one in sent]


def asked(url: str, sql: str) -> list[tuple]:
    """Return the rows of a query, asked as the page SQL asks."""
    return [tuple(row) for row in run_query(open_store(url).url, sql, max_rows=1000).rows]


@pytest.mark.parametrize(
    ("question", "params"),
    [
        (overview.passes, ("night-2",)),
        (sts.scores, ()),
        (claims.standing, ()),
        (compare.nights, ("night-1", "night-2")),
        (clue.means, ("it's", "dev", "accuracy")),
    ],
)
def test_query_gives_the_rows_of_the_page(full: str, question, params: tuple) -> None:
    with open_store(full).read() as connection:
        shown = question(connection, *params)
    found = asked(full, sql_of(question, *params))
    assert len(found) == len(shown)
    first = [row[0] for row in found]
    assert first == shown.iloc[:, 0].tolist()


def test_values_are_literals_and_casts_stay() -> None:
    sql = "SELECT :a, b::text, ':not' || :ab FROM x WHERE y IN :many AND z = :none"
    written = filled(sql, {"a": "it's", "ab": 2, "many": ["p", "q"], "none": None})
    assert (
        written == "SELECT 'it''s', b::text, ':not' || 2 FROM x WHERE y IN ['p', 'q'] AND z = NULL"
    )


def test_board_query_has_the_ranks_of_the_page(full: str) -> None:
    board = load_board("superglue", "2021")
    view = view_of(board, "whole", Treatment(), 0.0)
    found = asked(full, board_sql(view))
    assert [(row[0], row[1]) for row in found] == [(r.rank, r.model) for r in view.ranking.ranked]


def test_board_query_among_some_models_has_the_scores_that_count(full: str) -> None:
    whole = load_board("superglue", "2021")
    board, chosen = select(whole, Treatment(), Selection(tasks=("RTE", "WiC")))
    found = asked(full, board_sql(view_of(board, "two", chosen, 1.0, where="is_human")))
    assert {row[2] for row in found} == {"RTE", "WiC"}
    assert len(found) == int((~np.isnan(board.values)).sum())


CHOICES = (
    {},
    {"p": "0.5"},
    {"without": "MultiRC", "p": "0"},
    {"tasks": "RTE, WiC, COPA", "weights": "RTE=2"},
    {"treatment": "per-metric+diagnostics", "p": "-1"},
)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_every_choice_of_a_board_opens_with_the_ranks_of_its_table(
    open_page, full: str, choice: dict[str, str]
) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021", **choice)
    shown = next(d.value for d in app.dataframe if {"rank", "model", "score"} <= set(d.value))
    shown = shown[shown["rank"].notna()]
    table = frame(full, of_page(app)[0])
    assert table["rank"].tolist() == shown["rank"].tolist()
    assert table.model.tolist() == shown.model.str.removesuffix(" (human)").tolist()
    assert table.score.tolist() == pytest.approx(shown.score.tolist(), rel=1e-9)


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_the_tab_means_opens_with_the_ranks_that_it_draws(
    open_page, full: str, choice: dict[str, str]
) -> None:
    where = {"board": "superglue", "snapshot": "2021", "columns": "ranks by mean", **choice}
    app = open_page(full, "leaderboards", view="Means", top="40", **where)
    shown = next(d.value for d in app.dataframe if {"rank", "rank AM"} <= set(d.value))
    found = frame(full, of_page(app)[1])
    means = [name for name in shown if str(name).startswith("rank ")]
    assert found.columns.tolist() == ["model", *(str(m).removeprefix("rank ") for m in means)]
    ranks = [tuple(row) for row in shown[["model", *means]].itertuples(index=False)]
    said = {(row[0], *row[1:]) for row in found.itertuples(index=False)}
    assert {(str(name).removesuffix(" (human)"), *each) for name, *each in ranks} == said


def test_the_heat_map_opens_with_its_numbers(open_page, full: str) -> None:
    for board, snapshot in (("superglue", "2021"), ("mteb-classic-en", "2025-02")):
        view = view_of(load_board(board, snapshot), board, Treatment(), 1.0)
        entries = entries_of(view)
        place = {row.model: row.position for row in view.ranking.ranked}
        app = open_page(full, "leaderboards", board=board, snapshot=snapshot, view="Heat map")
        found = frame(full, of_page(app)[1])
        by = entries.type_means() or dict(zip(entries.names, entries.values.T, strict=True))
        what = "type" if entries.type_means() else "task"
        shown = [by[getattr(row, what)][place[row.model]] for row in found.itertuples()]
        assert found.score.tolist() == pytest.approx(shown)
        assert set(found[what]) <= set(by)
        assert found[what].nunique() == min(40, len(by))
        assert found.model.nunique() >= 12


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_which_task_decides_opens_with_the_ranks_without_each(
    open_page, full: str, choice: dict[str, str]
) -> None:
    where = {"board": "superglue", "snapshot": "2021", "view": "Which task decides", **choice}
    app = open_page(full, "leaderboards", **where)
    found = frame(full, of_page(app)[1])
    shown = pd.concat(data for data in drawn(app) if {"gained", "rank"} <= set(data))
    shown = shown[shown["rank"] != "–"].drop_duplicates(["task", "model"])
    ranks = {(row.task, row.model): int(row.rank) for row in shown.itertuples()}
    assert len(ranks) > 10
    assert {(r.without, r.model): r.rank for r in found.itertuples()} == ranks


@pytest.mark.parametrize("choice", CHOICES, ids=str)
def test_all_means_opens_with_the_ranks_of_its_lines(
    open_page, full: str, choice: dict[str, str]
) -> None:
    where = {"board": "superglue", "snapshot": "2021", "view": "All means", **choice}
    app = open_page(full, "leaderboards", folded=True, **where)
    found = frame(full, of_page(app)[1])
    lines = next(data for data in drawn(app) if {"p", "rank", "model"} <= set(data))
    here = lines[lines.p.isin(TICKS)]
    assert set(here.p) == set(TICKS)
    shown = {(row.p, row.model): (int(row.rank), row.score) for row in here.itertuples()}
    said = {(row.p, row.model): (row.rank, row.score) for row in found.itertuples()}
    assert {key: rank for key, (rank, _) in said.items()} == {
        key: rank for key, (rank, _) in shown.items()
    }
    assert [said[key][1] for key in shown] == pytest.approx([s for _, s in shown.values()])


def test_snapshots_open_with_who_is_first_and_where_humans_are(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", view="Snapshots", p="0")
    shown = next(d.value for d in app.dataframe if "corrected" in d.value)
    found = frame(full, of_page(app)[1])
    assert found.snapshot.tolist() == shown.snapshot.tolist()
    assert found.leader.tolist() == shown["first"].tolist()
    assert found.human.astype(str).tolist() == shown.human.tolist()
    assert [f"{score:.2f}" for score in found.score] == [f"{float(s):.2f}" for s in shown.score]
    ranked = [f"{row.ranked} of {row.models}" for row in found.itertuples()]
    assert ranked == shown.ranked.tolist()


@pytest.mark.parametrize("curve", ["mean", "t1"])
def test_a_trajectory_opens_with_its_points(open_page, trained: str, curve: str) -> None:
    app = open_page(trained, "leaderboards", board="trained", view="Trajectory", curve=curve)
    found = frame(trained, of_page(app)[1])
    shown = next(d.value for d in app.dataframe if "at step" in d.value)
    assert found.groupby("run").size().tolist() == shown.points.tolist()
    assert found.groupby("run").score.max().tolist() == pytest.approx(shown.best.tolist())
    assert found.groupby("run").score.first().tolist() == pytest.approx(shown["first"].tolist())


@pytest.fixture(scope="module")
def trained(filled: Fill) -> str:
    """A store with a board of two training runs of four steps, on three tasks."""
    steps = [(run, step) for run in ("a", "b") for step in (1.0, 10.0, 100.0, 1000.0)]
    values = np.random.default_rng(0).uniform(20, 80, (8, 3))
    board = Board(
        "trained",
        "1",
        tuple(f"{run}-step{step:g}" for run, step in steps),
        tuple(Column(f"c{j}", f"t{j}") for j in range(3)),
        values,
        facts=tuple({"trajectory": Fact(run), "step": Fact(step)} for run, step in steps),
    )
    rows = [board_rows(board, source="made up")]
    return filled("trained", lambda store: write_boards(store, rows))


def test_a_comparison_opens_with_both_scores_task_by_task(open_page, full: str) -> None:
    app = open_page(full, "compare", what="models", board="superglue", snapshot="2022-01")
    found = frame(full, of_page(app)[0])
    board = load_board("superglue", "2022-01")
    first, second = (board.models.index(name) for name in ("SS-MoE", "Turing NLR v5"))
    pair = paired_models(board, Treatment(), 1.0, first, second)
    shown = dict(zip(pair.tasks, pair.differences.tolist(), strict=True))
    assert dict(zip(found.task, found.difference, strict=True)) == pytest.approx(shown)
    assert found.difference.is_monotonic_decreasing


def test_the_page_of_a_model_opens_with_its_ranks_and_tasks(open_page, full: str) -> None:
    app = open_page(full, "model", model="T5")
    ranks, tasks = (frame(full, sql) for sql in of_page(app)[:2])
    shown = next(d.value for d in app.dataframe if "leader" in d.value).dropna(subset=["rank"])
    assert ranks["rank"].tolist() == shown["rank"].tolist()
    assert ranks.score.tolist() == pytest.approx(shown.score.tolist())
    own = next(d.value for d in app.dataframe if "best_model" in d.value)
    assert tasks.value.tolist() == own.value.tolist()
    assert tasks.place.tolist() == own.place.tolist()


@pytest.mark.parametrize("screen", SHOWN)
def test_every_link_to_the_page_sql_has_a_query_that_runs(open_page, full: str, screen) -> None:
    for sql in of_page(open_page(full, screen)):
        assert frame(full, sql).shape[1]


@pytest.mark.parametrize("screen", ["experiments", "batch_sweep", "dimension", "lab"])
def test_the_lab_opens_with_its_rows(open_page, experiments: str, screen: str) -> None:
    queries = of_page(open_page(experiments, screen))
    assert queries or screen == "experiments", "that page shows its queries itself"
    for sql in queries:
        assert len(frame(experiments, sql))


def test_tables_have_a_door_to_the_page_sql(open_page, full: str) -> None:
    for address in ("leaderboards?board=superglue", "nights?night=night-1", "claims"):
        app = open_page(full, address, folded=True)
        assert not app.exception
        labels = [link.proto.label for link in app.get("page_link")]
        assert "Open as SQL" in labels, address
