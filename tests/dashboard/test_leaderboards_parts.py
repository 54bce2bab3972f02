"""What the leaderboard page computes and draws, without the page."""

from __future__ import annotations

import base64
import io
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.charts.bump import bump, bump_points
from dashboard.charts.exponents import exponent_points, exponents
from dashboard.charts.rank_lines import apart, heights
from dashboard.charts.without import without_cells, without_map
from dashboard.language import CHINESE, written_in
from dashboard.leaderboards import computed, downloads
from dashboard.leaderboards.answer import size_of
from dashboard.leaderboards.board_table import (
    board_frame,
    columns_at_first,
    moves_in_words,
    shown_rows,
)
from dashboard.leaderboards.downloads import picture
from dashboard.leaderboards.finding import UNKNOWN, compute, of_store
from dashboard.leaderboards.interval_pictures import interval_pictures
from dashboard.leaderboards.notes import in_words
from dashboard.leaderboards.over_time import over_time, steps, submissions
from dashboard.leaderboards.rank_words import span_of
from dashboard.leaderboards.tiers import NONE_YET, groups_of
from dashboard.leaderboards.tints import out_of_turn
from dashboard.leaderboards.view import MOST_DRAWN, choose, search, view_of
from dashboard.queries import tiles
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import csv
from dashboard.weights import parse_weights
from db import open_store
from evaluators.averaging import (
    TREATMENTS,
    Board,
    Column,
    ComparedRow,
    find_treatment,
    rank,
)
from evaluators.errors import TreatmentError
from flows.boards.leaderboards import rankings_of, read_board, store_leaderboards
from tests.dashboard.look import everything
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


def test_bump_chart_draws_ranks_so_that_a_level_line_is_a_rank_that_stays(view) -> None:
    choice = choose(view, top=10, pinned=frozenset(), found=frozenset({17}))
    points = bump_points(list(choice.drawn), view.means, choice.marked)
    for mean, here in points.groupby("mean"):
        ranking = {row.position: row.rank for row in view.comparison.rankings[mean].ranked}
        assert here["rank"].tolist() == [ranking[i] for i in here.position]
    heights = points.groupby("rank").y.nunique()
    assert (heights == 1).all(), "one rank has one height, in every column"
    assert points.groupby("y")["rank"].nunique().max() == 1, "and one height is one rank"
    assert points.sort_values("y")["rank"].is_monotonic_increasing
    kinds = points.drop_duplicates("position").set_index("position").kind
    assert kinds[399] == "human"
    assert kinds[17] == "pinned or found"
    assert bump(points, view.means).to_dict()["layer"]


def test_a_fall_from_165_to_2510_is_no_level_line_and_tied_rows_meet() -> None:
    def row(position: int, *ranks: int) -> ComparedRow:
        by_mean = dict(zip("abc", ranks, strict=True))
        return ComparedRow(position, f"m{position}", "", False, by_mean, by_mean, {}, 0, {})

    rows = [row(0, 1, 1, 1), row(1, 1, 2, 2), row(2, 165, 1564, 2510)]
    points = bump_points(rows, ["a", "b", "c"], ())
    faller = points[points.position == 2].y.tolist()
    assert faller == sorted(set(faller))
    assert points[(points["mean"] == "a") & (points["rank"] == 1)].y.nunique() == 1
    named = points[points.ends]["at"].sort_values().diff().dropna()
    assert (named > 0).all(), "names of tied rows stand below each other"


def test_labels_keep_apart_and_near_their_points() -> None:
    wanted = [0.0, 0.0, 0.0, 5.0, 5.5, 9.0]
    assert apart(wanted, 1.0) == [-1.0, 0.0, 1.0, 4.75, 5.75, 9.0]
    assert heights([3, 1, 2]) == {1: 0.0, 2: 1.0, 3: 2.0}
    assert heights([1, 2510])[2510] > heights([1, 10])[10] > 1


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


def test_the_draft_of_a_table_has_the_columns_of_the_table() -> None:
    board = made_up(30, 6)
    view = view_of(board, "drafted", TREATMENTS["per-task"], 1.0)
    rows = shown_rows(view, choose(view, top=3, pinned=frozenset(), found=None))
    wanted = columns_at_first(board)
    draft = board_frame(view, rows, computed.UNKNOWN, NONE_YET, wanted, "")
    sure = computed.spread("drafted", view.treatment, 1.0, board)
    groups = groups_of("drafted", view.treatment, 1.0, board)
    table = board_frame(view, rows, sure, groups, wanted, "#000000")
    assert draft.columns.tolist() == table.columns.tolist(), "nothing jumps aside"
    same = [name for name in table if name not in {"ranks", "interval", "tier"}]
    assert draft[same].equals(table[same])
    assert draft.interval.isna().all()
    assert draft.tier.isna().all()
    assert table.interval.notna().all()


def test_a_view_is_drafted_once() -> None:
    treatment = find_treatment("per-task")
    asked = [computed.first_time("once", treatment, p) for p in (1.0, 1.0, 0.5)]
    assert asked == [True, False, True]


def test_human_without_a_rank_stands_at_the_end_of_the_table_with_the_reason() -> None:
    board = made_up(6, 3, gaps=0)
    values = board.values.copy()
    values[5, 1] = np.nan
    gap = Board("b", "1", board.models, board.columns, values, is_human=board.is_human)
    view = view_of(gap, "gap", TREATMENTS["per-task"], 1.0)
    rows = shown_rows(view, choose(view, top=3, pinned=frozenset(), found=frozenset()))
    shown = board_frame(view, rows, None, None, ["tasks"], "#000000")
    assert shown.model.tolist() == ["model 5 (human)"]
    assert shown["why not ranked"].tolist() == ["no value for t1"]


def test_table_has_the_tasks_and_types_that_are_wanted_and_the_mean_of_each_type() -> None:
    columns = tuple(Column(f"t{j}", f"t{j}", type="AB"[j // 2], unit_max=1.0) for j in range(4))
    values = np.array([[0.9, 0.8, 0.7, 0.6], [0.5, 0.4, np.nan, 0.2]])
    board = Board("typed", "1", ("a", "b"), columns, values)
    treatment = find_treatment("per-task+available-only")
    view = view_of(board, "typed", treatment, 1.0)
    choice = choose(view, top=3, pinned=frozenset({1}), found=None)
    shown = board_frame(view, shown_rows(view, choice), None, None, ["task types", "tasks"], "#000")
    assert shown.columns.tolist()[:5] == ["rank", "model", "score", "A", "B"]
    assert shown.A.tolist() == pytest.approx([85, 45])
    assert shown.B.tolist() == pytest.approx([65, np.nan], nan_ok=True), (
        "a type with a gap has none"
    )
    assert shown.t3.tolist() == pytest.approx([60, 20]), "proportions are shown as per cent"
    assert shown["rank"].tolist()[0] == 1
    assert pd.isna(shown["rank"][1]), "three of four tasks are fewer than four fifths"


def test_scores_have_the_digits_that_tell_neighbours_apart() -> None:
    columns = (Column("t", "t", unit_max=1.0),)
    for values, shown in (
        ([0.66, 0.65], ["66.0", "65.0"]),
        ([0.6612, 0.6611], ["66.12", "66.11"]),
        ([0.7, 0.7], ["70.0", "70.0"]),
    ):
        board = Board("b", "1", ("a", "b"), columns, np.array(values)[:, None])
        view = view_of(board, f"digits {values}", TREATMENTS["per-task"], 1.0)
        assert [view.score(row.score) for row in view.ranking.ranked] == shown


def test_intervals_are_drawn_on_the_range_of_the_rows_that_are_shown() -> None:
    def starts(spans: list[tuple[int, int]]) -> list[float]:
        drawn = interval_pictures([low for low, _ in spans], spans, "#000")
        text = [base64.b64decode(one.partition(",")[2]).decode() for one in drawn if one]
        return [float(one.split("<circle cx='")[1].split("'")[0]) for one in text]

    few = starts([(1, 4), (2, 5), (5, 9)])
    assert few == sorted(few)
    assert few[2] - few[0] > 100, "not dots at the start of an axis of thousands"
    many = starts([(1, 9), (10, 300), (3000, 3200)])
    assert many[1] - many[0] > 50, "the first of thousands are told apart too"


@pytest.mark.parametrize(
    ("query", "found"), [("model 1; model 2", 222), (" ; ", None), ("MODEL 399", 1)]
)
def test_search_takes_several_terms(view, query: str, found: int | None) -> None:
    hits = search(view, query)
    assert (None if hits is None else len(hits)) == found


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
        assert "each task counts once" in made
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
        assert b"each task counts once, geometric mean, 392 of 400 rows" in made
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
    assert loud.goes.tolist() == ["the task helps it", "no change", "the task costs it places"]
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
    for text in ("RTE", "RTE=", "RTE=two", "=2", "RTE=1, =2", "RTE=2 STS=1", "RTE=2, RTE=3"):
        with pytest.raises(TreatmentError, match="NAME=NUMBER"):
            parse_weights(text)


def test_moves_between_means_are_arrows_up_for_smaller_ranks() -> None:
    ranks = {"arithmetic": 5, "geometric": 3, "harmonic": 9, "0.5": 5, "-2": None}
    row = ComparedRow(0, "m", "", False, {}, ranks, {}, 6, {})
    assert moves_in_words(row, "arithmetic") == "GM ↑2 · HM ↓4 · 0.5 = · −2 –"


def test_rows_of_an_earlier_tier_than_those_above_are_out_of_turn() -> None:
    tiers = pd.Series(pd.array([1, 1, 2, 1, None, 2, 3, 2], dtype="Int64"))
    assert out_of_turn(tiers).tolist() == [False, False, False, True, False, False, False, True]


def test_what_the_store_knows_of_a_board_is_what_its_page_computes(
    full: str, gappy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for url in (full, gappy):
        monkeypatch.setenv("RANKCHECK_STORE", url)
        for row in records(read(tiles.boards)):
            stored, computed = of_store(row), compute(row.board, row.snapshot, row.board_id)
            if row.board == "gappy":  # 18 of its 30 models have the 9 tasks that it opens on
                assert (stored, computed.leader) == (UNKNOWN, "m23")
            else:
                assert computed.adds_up is not None
                assert stored == replace(computed, sure=None, adds_up=None)


def test_a_store_in_which_no_board_has_humans_is_listed(
    empty_store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its column of humans is empty, and so of None instead of NaN."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path)}"
    store_leaderboards(open_store(url), ["helm-lite"])
    monkeypatch.setenv("RANKCHECK_STORE", url)
    (row,) = records(read(tiles.boards))
    assert of_store(row).human is None
    assert of_store(row).leader == row.leader


def test_the_store_has_the_tiers_that_a_page_computes() -> None:
    """With 2,000 flips, as imports had, 8 of these models were not told apart from the first."""
    rng = np.random.default_rng(4)
    level, noise = rng.normal(60, 12, (60, 1)), rng.normal(0, 8, (60, 12))
    board = Board(
        "close",
        "1",
        tuple(f"model {i}" for i in range(60)),
        tuple(Column(f"t{j}", f"t{j}") for j in range(12)),
        np.clip(level + noise, 1, 99).round(1),
    )
    stored = next(row for row in rankings_of(board, "close") if row.mean == "arithmetic")
    page = groups_of("close", find_treatment("per-task"), 1.0, board).tiers
    assert {row.model_position: row.tier for row in stored.rows} == page
    assert list(page.values()).count(1) == 6


def test_size_says_for_what_most_models_are_left_out() -> None:
    glue = read_board("glue", "2022-01")
    said = {p: size_of(view_of(glue, "g", TREATMENTS["per-task"], p), 9, 105) for p in (1.0, 0.0)}
    assert np.sum(glue.values[:, 0] == 0) == 10  # CoLA; and one model has a doubtful score
    assert "1 left out, mostly for doubtful scores" in said[1.0]
    assert "11 left out, mostly for a score of 0 or less" in said[0.0]
    values = glue.values.copy()
    values[:20, 0] = np.nan
    view = view_of(replace(glue, values=values), "gaps", TREATMENTS["per-task"], 0.0)
    assert "mostly for gaps" in size_of(view, 9, 105)


def test_files_have_the_top_ten_at_first(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="glue")
    assert app.selectbox(key="file-rows").value == 10


def test_tables_say_each_unusual_choice_of_a_treatment_in_words() -> None:
    glue = read_board("glue", "2022-01")
    view = view_of(glue, "words", TREATMENTS["per-metric+diagnostics"], 1.0)
    assert ", each metric counts once; diagnostic columns count, arithmetic mean, " in view.said


def test_table_says_why_its_names_are_grey(open_page, full: str) -> None:
    for board, grey in (("glue", True), ("superglue", False)):
        shown = everything(open_page(full, "leaderboards", board=board))
        assert ("hence their grey" in shown) == grey, board


def test_notes_are_said_sentence_by_sentence_and_unknown_ones_stay() -> None:
    notes = "206 of 377 models are complete. Ours, v1.5 (a. b). No human row."
    assert in_words(notes) == notes
    assert in_words(None) == ""
    with written_in(CHINESE):
        assert in_words(notes) == "377 个模型中有 206 个没有缺失。Ours, v1.5 (a. b). 没有人类一行。"
