"""What the leaderboard page computes and draws, without the page."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.bump import bump, bump_points
from dashboard.charts.exponents import exponent_points, exponents
from dashboard.charts.without import without_cells, without_map
from dashboard.choosing import parse_weights
from dashboard.leaderboards import computed, downloads
from dashboard.leaderboards.downloads import picture
from dashboard.leaderboards.snapshots import over_time, steps, submissions
from dashboard.leaderboards.view import MOST_DRAWN, choose, search, view_of
from dashboard.rank_table import rank_table, span_of
from dashboard.sheet import csv
from evaluators.averaging import TREATMENTS, Board, Column, find_treatment, rank
from evaluators.errors import TreatmentError
from tests.dashboard.stores import HOSTILE


def made_up(n: int = 400, k: int = 5, *, gaps: int = 8, human: bool = True) -> Board:
    """Models on tasks, the first `gaps` with a hole; the last row is human."""
    values = np.random.default_rng(7).uniform(20, 100, (n, k))
    values[:gaps, k // 2] = np.nan
    return Board(
        "big",
        "1",
        tuple(f"model {i}" for i in range(n)),
        tuple(Column(f"t{j}", f"t{j}") for j in range(k)),
        values,
        is_human=tuple(human and i == n - 1 for i in range(n)),
    )


@pytest.fixture
def view():
    return view_of(made_up(), "id of 400", TREATMENTS["per-task"], 0.0)


def test_charts_of_400_models_draw_the_first_the_human_the_pinned_and_the_found(view) -> None:
    choice = choose(view, top=10, pinned=frozenset({200}), found=frozenset({17, 3}))
    first = {row.position for row in view.ranking.rows if (row.rank or 999) <= 10}
    # row 3 was searched for, but has a gap and no rank
    assert set(choice.positions) == first | {399, 17, 200}
    assert choice.marked == {200, 17, 3}


def test_search_that_finds_everything_draws_the_best_and_says_how_many_more(view) -> None:
    found = search(view, "MODEL")
    assert found is not None
    assert len(found) == 400
    choice = choose(view, top=3, pinned=frozenset(), found=found)
    assert choice.left == 400 - MOST_DRAWN
    ranks = {row.position: row.rank for row in view.ranking.rows}
    assert {i for i in choice.positions if i != 399} == {
        i for i in found if (ranks[i] or 999) <= MOST_DRAWN
    } - {399}


def test_bump_chart_prints_true_ranks_and_stacks_places_without_overlap(view) -> None:
    choice = choose(view, top=10, pinned=frozenset(), found=frozenset({17}))
    points = bump_points(list(choice.drawn), view.means, choice.marked)
    for mean, here in points.groupby("mean"):
        ranking = {row.position: row.rank for row in view.comparison.rankings[mean].ranked}
        assert here["rank"].tolist() == [ranking[i] for i in here.position]
        assert sorted(here.y) == list(range(len(here)))
        assert here.sort_values("y")["rank"].is_monotonic_increasing
    kinds = points.drop_duplicates("position").set_index("position").kind
    assert kinds[399] == "human"
    assert kinds[17] == "pinned or found"
    assert bump(points, view.means).to_dict()["layer"]


def test_row_without_a_rank_under_the_last_mean_keeps_its_name_in_the_chart() -> None:
    board = made_up(5, 3, gaps=0)
    values = board.values.copy()
    values[2, 0] = 0.0  # no geometric or harmonic mean
    zero = Board(board.name, "1", board.models, board.columns, values)
    view = view_of(zero, "zero", TREATMENTS["per-task"], 1.0)
    points = bump_points(
        list(choose(view, top=9, pinned=frozenset(), found=None).drawn), view.means, ()
    )
    named = points[points.ends].set_index("position").x
    assert named[2] == 0
    assert set(named.drop(2)) == {2}


def test_quote_in_the_name_of_a_snapshot_ends_no_expression_of_the_chart(view) -> None:
    choice = choose(view, top=3, pinned=frozenset(), found=None)
    points = bump_points(list(choice.drawn), view.means, ())
    evil = ["'] + alert(1) + ['", '"]', "\\"]
    axis = bump(points, evil).to_dict()["layer"][0]["encoding"]["x"]["axis"]["labelExpr"]
    assert json.loads(axis.removesuffix("[datum.value]")) == evil


def test_curve_over_p_carries_the_ranks_of_rank_itself(view) -> None:
    choice = choose(view, top=5, pinned=frozenset(), found=None)
    found = computed.over_exponents(view.board_id, view.treatment, view.board)
    kinds = dict.fromkeys(choice.positions, "human")
    points = exponent_points(
        found.p, found.ranks, found.scores, choice.positions, view.labels, kinds
    )
    for p in (5.0, 1.0, 0.0, -1.0, -10.0):
        ranks = {row.position: row.rank for row in rank(view.board, view.treatment, p).ranked}
        here = points[points.p == p]
        assert dict(zip(here.position, here["rank"], strict=True)) == {
            i: ranks[i] for i in choice.positions
        }
        assert here.sort_values("y")["rank"].is_monotonic_increasing
    assert (points.end != "").sum() == len(choice.positions)
    assert exponents(points, -3.0).to_dict()["layer"]


def test_rank_intervals_are_those_of_the_bootstrap_and_hold_the_rank() -> None:
    from evaluators.averaging.stability import bootstrap

    board = made_up(30, 6)
    sure = computed.spread("id of 30", find_treatment("per-task"), -1.0, board)
    own = bootstrap(board, TREATMENTS["per-task"], {"": -1.0}, resamples=10_000, seed=0)[""]
    for i, (low, high) in zip(
        own.contest.positions.tolist(), own.rank_intervals().tolist(), strict=True
    ):
        assert sure.ranks[i] == (low, high)
    assert sure.tasks == 6
    assert sum(sure.first.values()) == pytest.approx(1)
    assert 0 not in sure.ranks  # it has a gap, and no rank


def test_human_without_a_rank_stands_at_the_end_of_the_table_with_the_reason() -> None:
    board = made_up(6, 3, gaps=0)
    values = board.values.copy()
    values[5, 1] = np.nan
    gap = Board("b", "1", board.models, board.columns, values, is_human=board.is_human)
    view = view_of(gap, "gap", TREATMENTS["per-task"], 1.0)
    shown = rank_table(view.board, view.ranking, view.comparison, only=set(), spans={0: (1, 2)})
    assert shown.count("<tr") == 2
    assert "rc-unranked" in shown
    assert "not ranked: no value for t1" in shown


@pytest.mark.parametrize(("ends", "said"), [(None, "–"), ((3, 3), "3"), ((1, 12), "1–12")])
def test_rank_interval_in_words(ends, said: str) -> None:
    assert span_of(ends) == said


def test_every_file_of_a_hostile_board_is_inert_and_says_what_it_is_of() -> None:
    columns = tuple(Column(f"t{j}", f"t{j}") for j in range(3))
    n = len(HOSTILE)
    values = np.random.default_rng(0).uniform(10, 90, (n, 3))
    values[0, 0] = np.nan
    board = Board("=b", "@1", HOSTILE, columns, values, submitted_by=HOSTILE)
    view = view_of(board, "evil", TREATMENTS["per-task"], -1.0)
    spans = computed.spread("evil", find_treatment("per-task"), -1.0, board).ranks
    cells = pd.read_csv(io.BytesIO(csv(downloads.rank_frame(view, spans))), dtype=str)
    text = cells[["board", "snapshot", "model", "submitted_by"]].fillna("").to_numpy().ravel()
    assert not [cell for cell in text if cell[:1] in tuple("=+-@")]
    assert len(cells) == n
    assert cells.rank_low.notna().sum() == n - 1
    tex, md = downloads.latex(view, spans), downloads.markdown(view, spans)
    for made in (tex, md):
        assert "harmonic" in made
        assert "per-task" in made
        assert "no value for t0" in made
    assert tex.count("\\\\\n") == n  # the header and the ranked rows, one line each
    rows = [line for line in md.splitlines() if line.startswith("| ")]
    assert len(rows) == n + 1  # the rule below the header
    assert "<script>" not in md.replace("\\<script", "")
    assert "**bold**" not in md


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_picture_of_a_chart_is_drawn_without_a_browser_and_carries_its_treatment(
    view, kind: str
) -> None:
    choice = choose(view, top=3, pinned=frozenset(), found=None)
    chart = bump(bump_points(list(choice.drawn), view.means, ()), view.means)
    made = picture(chart, view.said, kind)
    if kind == "svg":
        assert b"treatment per-task, geometric mean, 392 of 400 rows" in made
        assert b"model 399" in made
    else:
        assert made[:8] == b"\x89PNG\r\n\x1a\n"
        assert len(made) > 10_000


def test_heat_map_puts_the_task_that_moves_most_on_top() -> None:
    ranks = np.array([1, 2, 3])
    without = np.array([[1, 2, 3], [3, 2, 1], [1, 3, 0]])
    cells = without_cells(["quiet", "loud", "gap"], ["a", "b", "c"], ranks, without)
    assert cells.drop_duplicates("row").task.tolist() == ["loud", "gap", "quiet"]
    loud = cells[cells.task == "loud"]
    assert loud.gained.tolist() == [-2, 0, 2]
    assert loud.goes.tolist() == ["loses places", "keeps its place", "gains places"]
    assert cells[cells.task == "gap"]["rank"].tolist() == ["1", "3", "–"]
    assert without_map(cells, "#000000").to_dict()["layer"]


def test_overtakings_on_the_page_are_the_exact_crossings_of_every_pair() -> None:
    from evaluators.averaging.crossing import crossings

    board = made_up(14, 5, gaps=1)
    treatment = find_treatment("per-task")
    found = computed.among("id of 14", find_treatment("per-task"), tuple(range(14)), board)
    exact = sorted(
        (p, {pair.row, pair.rival})
        for row in range(14)
        for pair in crossings(board, treatment, row, range(row + 1, 14))
        for p in pair.exponents
        if computed.LEAST < p < computed.MOST
    )
    assert len(exact) > 10
    assert [turn.p for turn in found] == pytest.approx([p for p, _ in exact[::-1]], abs=1e-6)
    assert [{turn.row, turn.rival} for turn in found] == [pair for _, pair in exact[::-1]]
    for turn in found:
        scores = [
            {row.position: row.score for row in rank(board, treatment, p).rows}
            for p in (turn.p + 1e-4, turn.p - 1e-4)
        ]
        assert scores[0][turn.row] < scores[0][turn.rival]
        assert scores[1][turn.row] > scores[1][turn.rival]


def test_equal_rows_overtake_nobody() -> None:
    columns = (Column("a", "a"), Column("b", "b"))
    board = Board("twins", "1", ("a", "b"), columns, np.array([[60.0, 40.0], [60.0, 40.0]]))
    assert computed.among("twins", find_treatment("per-task"), (0, 1), board) == []


def test_snapshots_are_matched_by_submission_and_changes_counted() -> None:
    columns = (Column("a", "a"), Column("b", "b"))
    then = Board("x", "1", ("m", "m", "old"), columns, np.array([[90, 80], [50, 50], [1, 1.0]]))
    now = Board("x", "2", ("new", "m", "m"), columns, np.array([[99, 99], [90, 81], [50, np.nan]]))
    boards = {"1": then, "2": now}
    rankings = {name: rank(b, find_treatment("per-task"), 1.0) for name, b in boards.items()}
    first, second = steps(boards, rankings)
    assert (first.new, first.gone, first.corrected) == (0, 0, 0)
    assert (second.new, second.gone, second.corrected) == (1, 1, 2)
    rows = over_time(boards, rankings, set(submissions(then)))
    assert [(row.model, dict(row.ranks)) for row in rows] == [
        ("m", {"1": 1, "2": 2}),
        ("m", {"1": 2, "2": None}),
        ("old", {"1": 3, "2": None}),
    ]


def test_weights_are_read_from_a_line_of_text() -> None:
    assert parse_weights("") == {}
    assert parse_weights(" RTE=2, MTOP (en, de) = 0.5 ,STS17=1e1") == {
        "RTE": 2.0,
        "MTOP (en, de)": 0.5,
        "STS17": 10.0,
    }
    for text in ("RTE", "RTE=", "RTE=two", "=2", "RTE=2 STS=1", "RTE=2, RTE=3"):
        with pytest.raises(TreatmentError, match="NAME=NUMBER"):
            parse_weights(text)
