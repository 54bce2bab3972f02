"""The leaderboard page in every state, and its numbers against those computed by hand elsewhere."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from streamlit.runtime.context import ContextProxy
from streamlit.testing.v1 import AppTest

from db import Store
from db.leaderboards import write_board, write_boards
from db.rows import BoardCellRow, BoardColumnRow, BoardModelRow, BoardRow, LeaderboardRow
from tests.dashboard.look import everything
from tests.dashboard.stores import HOSTILE, Fill
from tests.dashboard.test_hostile import Markup

VIEWS = (
    *("Means", "Size", "Heat map", "Which task decides", "Does it add up", "Snapshots"),
    *("All means", "Behind the table"),
)
HUMANS = {
    ("glue", "2021", "per-task"): (16, 16, 16),
    ("glue", "2022-01", "per-task"): (19, 19, 19),
    ("superglue", "2021", "per-task"): (4, 4, 5),
    ("superglue", "2022-01", "per-task"): (6, 6, 7),
    ("superglue", "2021", "per-metric+diagnostics"): (2, 2, 4),
    ("superglue", "2021", "paper-mixed"): (4, 1, 1),
}
"""Ranks of the human row under AM, GM and HM, computed elsewhere from the same published cells."""


def table(app: AppTest) -> pd.DataFrame:
    """Return the table of the board."""
    return next(d.value for d in app.dataframe if {"rank", "model", "score"} <= set(d.value))


def human_of(app: AppTest) -> pd.Series:
    """Return the human row of the table."""
    shown = table(app)
    return shown[shown.model.str.endswith(" (human)")].iloc[0]


@pytest.mark.parametrize("where", HUMANS, ids=" ".join)
def test_human_row_is_marked_where_it_belongs_under_each_mean(open_page, full: str, where) -> None:
    board, snapshot, treatment = where
    app = open_page(full, "leaderboards", board=board, snapshot=snapshot, treatment=treatment)
    for mean, place in zip(("arithmetic", "geometric", "harmonic"), HUMANS[where], strict=True):
        app.segmented_control(key="mean").set_value(mean).run()
        assert human_of(app)["rank"] == place


def test_human_without_a_diagnostic_is_in_the_table_with_the_reason(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="glue", treatment="per-task+diagnostics")
    human = human_of(app)
    assert pd.isna(human["rank"])
    assert "suspect" in human["why not ranked"]
    assert "The human row is not ranked" in everything(app)


def test_rank_interval_of_humans_on_superglue(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021")
    for mean, interval in (("arithmetic", "1–5"), ("geometric", "1–6"), ("harmonic", "1–6")):
        app.segmented_control(key="mean").set_value(mean).run()
        assert f"95% interval {interval})" in everything(app)
        assert human_of(app).ranks == interval


def test_tiers_of_superglue_and_what_it_can_tell(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021")
    assert "all pairs compared at once, 9 of the others cannot be told apart" in everything(app)
    assert (table(app).tier == 1).sum() == 10
    app = open_page(
        full, "leaderboards", board="superglue", snapshot="2021", view="Which task decides"
    )
    assert "5 of 8 tasks are at their ceiling" in everything(app)
    tasks = next(d.value for d in app.dataframe if "at ceiling" in d.value)
    assert tasks[tasks["at ceiling"]]["task"].tolist() == [
        "BoolQ",
        "CB",
        "COPA",
        "MultiRC",
        "ReCoRD",
    ]


@pytest.mark.parametrize("view", VIEWS)
def test_a_task_that_is_left_out_counts_in_no_view(open_page, full: str, view: str) -> None:
    where = {"board": "superglue", "snapshot": "2021", "without": "MultiRC", "view": view}
    app = open_page(full, "leaderboards", **where)
    assert not app.exception
    assert "7 of 8 tasks" in everything(app)
    assert human_of(app)["rank"] == 1, "humans lead without MultiRC"
    assert "MultiRC" not in table(app)
    assert "without=MultiRC" in everything(app)


@pytest.mark.parametrize("view", VIEWS)
def test_weights_count_in_every_view_and_stand_in_the_link(open_page, full: str, view: str) -> None:
    where = {"board": "superglue", "snapshot": "2021", "weights": "MultiRC=0, RTE=2", "view": view}
    shown = everything(open_page(full, "leaderboards", **where))
    assert "7 of 8 tasks" in shown
    assert "weighted arithmetic mean" in shown
    assert "weights=MultiRC%3D0%2C+RTE%3D2" in shown


@pytest.mark.parametrize(
    ("weights", "message"), [("RTE", "NAME=NUMBER"), ("RET=2", "no task or type")]
)
def test_weights_that_cannot_be_read_are_said(
    open_page, full: str, weights: str, message: str
) -> None:
    shown = everything(open_page(full, "leaderboards", board="superglue", weights=weights))
    assert message in shown


def test_exponents_under_which_humans_have_which_rank(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021", view="All means")
    steps = next(d.value for d in app.dataframe if "exponents" in d.value)
    for p, rank in ((-20, 11), (-10, 8), (-5, 5), (-1, 5), (0.5, 4), (3, 4), (5, 2), (11, 1)):
        here = steps[(steps["p from"] <= p) & (p < steps["p to"])]
        assert here["rank"].tolist() == [rank], p
    assert "is first for p in [" in everything(app)


def test_t5_overtakes_humans_between_the_geometric_and_the_harmonic_mean(
    open_page, full: str
) -> None:
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021", view="All means")
    turns = next(d.value for d in app.dataframe if "overtakes" in d.value)
    human = turns["is overtaken"].str.contains("Human")
    (p,) = turns[(turns.overtakes == "T5") & human].p
    assert -1 < p < 0
    assert turns.p.is_monotonic_decreasing
    app.selectbox(key="rival").set_value("T5").run()
    assert not app.exception
    assert f"is above for p in ({p:.4f}, ∞)".replace("-", "−") in everything(app)


def test_one_task_carries_the_rank_of_humans(open_page, full: str) -> None:
    app = open_page(
        full, "leaderboards", board="superglue", snapshot="2021", view="Which task decides"
    )
    assert "has rank 1 instead of 4 without MultiRC." in everything(app)


@pytest.mark.parametrize("p", ["1", "-1"])
def test_published_averages_are_held_against_the_mean_of_the_board_and_no_other(
    open_page, full: str, p: str
) -> None:
    where = {"board": "superglue", "snapshot": "2021", "view": "Does it add up", "p": p}
    shown = everything(open_page(full, "leaderboards", **where))
    assert "Yes: the arithmetic mean of its scores gives 22 of 22 published averages" in shown
    assert "rc-good" in shown


def test_snapshots_tell_the_human_rank_over_time(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", view="Snapshots")
    table = next(d.value for d in app.dataframe if "human" in d.value)
    assert table.snapshot.tolist() == ["2022-01", "2021"]
    assert table.human.tolist() == ["6", "4"]
    assert table.new.tolist()[1] == 0
    assert "has one snapshot" in everything(
        open_page(full, "leaderboards", board="mteb-classic-en", view="Snapshots")
    )


def test_permalink_restores_view_row_rival_and_pins(open_page, full: str) -> None:
    app = open_page(
        full,
        "leaderboards",
        board="superglue",
        snapshot="2021",
        view="All means",
        row="ERNIE 3.0",
        rival="T5",
        pin="T5 + UDG, Single Model (Google Brain)",
        top="3",
    )
    assert not app.exception
    assert app.selectbox(key="row").value == "ERNIE 3.0"
    assert app.selectbox(key="rival").value == "T5"
    assert app.multiselect(key="pin").value == ["T5 + UDG, Single Model (Google Brain)"]
    link = next(code.value for code in app.code if "snapshot=2021" in code.value)
    for part in (
        "view=All+means",
        "row=ERNIE+3.0",
        "rival=T5",
        "pin=T5+%2B+UDG%2C",
        "top=3",
        "p=1",
    ):
        assert part in link, part


def test_pins_and_rows_of_another_board_are_let_go(open_page, full: str) -> None:
    app = open_page(
        full,
        "leaderboards",
        board="superglue",
        view="All means",
        pin="T5",
        row="T5",
        rival="ERNIE 3.0",
    )
    app.selectbox(key="board").set_value("mteb-classic-en").run()
    assert not app.exception
    assert app.multiselect(key="pin").value == []
    assert app.selectbox(key="row").value == "voyage-3-m-exp"


@pytest.mark.parametrize(
    ("browser", "stays"),
    [("Mozilla/5.0 (Linux; Android 11; Pixel 5) Mobile Safari/537.36", True), ("", False)],
)
def test_rank_and_model_stay_in_place_on_a_phone(
    open_page, full: str, monkeypatch: pytest.MonkeyPatch, browser: str, stays: bool
) -> None:
    monkeypatch.setattr(ContextProxy, "headers", {"User-Agent": browser})
    app = open_page(full, "leaderboards", board="superglue", snapshot="2021")
    heads = next(json.loads(d.proto.columns) for d in app.dataframe if "score" in d.value)
    assert [heads[name].get("pinned", False) for name in ("rank", "model")] == [stays, stays]
    assert not stays or heads["rank"]["width"] + heads["model"]["width"] <= 0.6 * 350


def test_pinned_row_without_a_rank_has_a_note_and_a_line(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="mteb-classic-en", pin="bge-m3")
    assert "bge-m3 is pinned but has no rank: no value for" in everything(app)
    shown = table(app)
    pinned = shown[shown.model == "bge-m3"].iloc[0]
    assert pd.isna(pinned["rank"])
    assert pinned["why not ranked"].startswith("no value for")


def test_search_that_finds_half_of_the_board_draws_forty(open_page, full: str) -> None:
    shown = everything(open_page(full, "leaderboards", board="mteb-classic-en", search="e"))
    assert "charts draw the best 40 of them" in shown


def test_no_name_becomes_markup_in_any_view(open_page, hostile: str) -> None:
    app = open_page(hostile, "leaderboards", board=HOSTILE[0], p="-1")
    for view in VIEWS:
        app.session_state["view"] = view
        app.run()
        assert not app.exception
        bodies = [e.proto.body for e in app.get("html") if not e.proto.body.startswith("<style")]
        markup = Markup()
        markup.feed("".join(bodies))
        assert not markup.seen & {"script", "img", "a", "@onerror", "@href", "@style"}
        assert not [text for text in (*app.markdown, *app.caption) if "stolen" in text.value]


@pytest.fixture(scope="module")
def odd(filled: Fill) -> str:
    """A store of boards at the edge: one task, one row, nothing ranked, everything tied."""
    boards = {
        "one-task": [[50.0], [40.0]],
        "one-row": [[50.0, 40.0]],
        "nothing-ranked": [[50.0, None], [None, 40.0]],
        "all-tied": [[50.0, 40.0]] * 4,
        "negative": [[-3.0, 0.0], [-1.0, -2.0]],
    }
    written = [
        LeaderboardRow(
            BoardRow(name, "1", "by hand"),
            tuple(
                BoardColumnRow(f"c{j}", f"t{j}", "accuracy", unit_max=100.0)
                for j in range(len(rows[0]))
            ),
            tuple(BoardModelRow("same name") for _ in rows),
            tuple(
                BoardCellRow(i, j, value)
                for i, row in enumerate(rows)
                for j, value in enumerate(row)
                if value is not None
            ),
        )
        for name, rows in boards.items()
    ]
    return filled("odd", lambda store: write_boards(store, written))


@pytest.mark.parametrize("board", ["one-task", "one-row", "nothing-ranked", "all-tied", "negative"])
def test_board_at_the_edge_is_shown_or_explained(open_page, odd: str, board: str) -> None:
    app = open_page(odd, "leaderboards", board=board)
    for view in VIEWS:
        for p in (1.0, -1.0):
            app.session_state["view"], app.session_state["p"] = view, p
            app.run()
            assert not app.exception, view
            assert app.session_state["view"] == view
            assert "cannot be shown" not in everything(app), view


@pytest.mark.parametrize(
    ("unit", "treatment", "shown"),
    [
        (100.0, "per-task+complement", "100 - x counts in place of x"),
        (None, "per-task+inverse", "100/x counts in place of the printed x"),
    ],
)
def test_a_board_with_a_cost_names_the_treatments_that_rank_it_and_is_shown_under_them(
    open_page, store: Store, unit: float | None, treatment: str, shown: str
) -> None:
    columns = (
        BoardColumnRow("acc", "acc", "accuracy", unit_max=100.0),
        BoardColumnRow("wer", "wer", "wer", unit_max=unit, higher_is_better=False),
    )
    cells = [(0, 0, 80.0), (0, 1, 12.5), (1, 0, 70.0), (1, 1, 10.0)]
    write_board(
        store,
        LeaderboardRow(
            BoardRow("costs", "1", "by hand"),
            columns,
            (BoardModelRow("a"), BoardModelRow("b")),
            tuple(BoardCellRow(*cell) for cell in cells),
        ),
    )
    refused = everything(open_page(store.url, "leaderboards", board="costs", set="all"))
    assert treatment in refused.split("cannot be shown")[1]
    app = open_page(store.url, "leaderboards", board="costs", treatment=treatment)
    for view in VIEWS:
        app.session_state["view"] = view
        app.run()
        assert not app.exception, view
        assert app.session_state["view"] == view
        assert "cannot be shown" not in everything(app), view
        assert f"less is better for wer: {shown}" in everything(app)


def test_one_task_has_no_rank_interval(open_page, odd: str) -> None:
    app = open_page(odd, "leaderboards", board="one-task")
    assert "With one task nothing says how sure that is" in everything(app)
    assert "ranks" not in table(app)
    assert "is the only task" in everything(
        open_page(odd, "leaderboards", board="one-task", view="Which task decides")
    )


def test_rows_of_one_name_are_told_apart(open_page, odd: str) -> None:
    app = open_page(odd, "leaderboards", board="all-tied", view="All means")
    assert app.selectbox(key="row").options == [f"same name#{i}" for i in range(1, 5)]


def test_the_list_says_of_each_board_who_leads_and_a_click_opens_it(open_page, full: str) -> None:
    app = open_page(full, "leaderboards")
    assert not app.exception
    boards = next(d.value for d in app.dataframe if "leader" in d.value).set_index("title")
    assert boards.index.tolist() == ["GLUE", "MTEB classic (English)", "SuperGLUE"]
    superglue = boards.loc["SuperGLUE"]
    assert (superglue.leader, superglue.human, superglue.group) == ("SS-MoE", 6, 12)
    assert superglue["adds up"] == "24 of 24"
    assert round(superglue.sure) == 51
    app.session_state["open-board"] = "glue"  # what a click on a row leaves
    app.run()
    assert app.selectbox(key="board").value == "glue"
    assert "Turing NLR v5" in everything(app)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"board": "nope"}, "asks for the board &#x27;nope&#x27;"),
        ({"board": "superglue", "snapshot": "1999"}, "the snapshot &#x27;1999&#x27;"),
        ({"board": "superglue", "p": "99"}, "must be a number from −10 to 5"),
        ({"board": "superglue", "view": "Foo"}, "the tab &#x27;Foo&#x27;"),
        ({"board": "superglue", "pin": "nobody"}, "the model &#x27;nobody&#x27;"),
        ({"board": "superglue", "without": "Nope"}, "the task &#x27;Nope&#x27;"),
        ({"board": "superglue", "columns": "smell"}, "the column &#x27;smell&#x27;"),
        ({"board": "superglue", "colour": "red"}, "a parameter &#x27;colour&#x27;"),
    ],
)
def test_what_a_link_asks_for_and_is_not_here_is_said_aloud(
    open_page, full: str, asked: dict[str, str], said: str
) -> None:
    app = open_page(full, "leaderboards", folded=True, **asked)
    assert not app.exception
    assert said in everything(app)
    if asked["board"] == "nope":
        assert not any({"rank", "model"} <= set(d.value) for d in app.dataframe)
    app.run()
    assert said in everything(app), "a rerun does not take it back"


def test_the_tab_names_of_older_links_open_what_they_meant(open_page, full: str) -> None:
    app = open_page(full, "leaderboards", board="superglue", view="Tasks")
    assert "has rank" in everything(app)
    assert "This link asks" not in everything(app)


def test_a_board_with_gaps_opens_on_the_tasks_that_most_models_have(open_page, gappy) -> None:
    app = open_page(gappy, "leaderboards", board="gappy")
    shown = everything(app)
    assert "18 of 30 models ranked" in shown
    assert "The ranks are over the 9 tasks that at least half of the models have" in shown
    assert "set=common" in shown
    assert table(app).model.iloc[0] == "m23"
    app.selectbox(key="set").set_value("all").run()
    assert "No model is ranked" in everything(app)
    assert "set=all" in everything(app)


def test_a_link_names_options_by_what_they_are(open_page, vectors: str) -> None:
    app = open_page(vectors, "leaderboards", board="mteb-eng-v2", columns="context_tokens")
    assert "This link asks for" not in everything(app)
    assert app.selectbox(key="set").value == "all"
    assert "context tokens" in table(app)
    app = open_page(vectors, "leaderboards", board="mteb-eng-v2", set="complete")
    assert app.selectbox(key="set").value == "complete"
    assert "This link asks for" not in everything(app)
    assert "no task has a score of every model" in everything(app)


def test_a_model_with_one_task_is_never_first(open_page, gappy: str) -> None:
    where = {"board": "gappy", "set": "all", "treatment": "per-task+available-only"}
    app = open_page(gappy, "leaderboards", **where)
    ranked = table(app).dropna(subset=["rank"])
    assert not set(ranked.model) & {f"m{i}" for i in range(24, 30)}
    assert len(ranked) == 24


def test_a_pasted_list_of_tasks_counts_and_an_unknown_one_is_named(open_page, gappy) -> None:
    app = open_page(gappy, "leaderboards", board="gappy", tasks="t1, T2\nt3")
    assert "3 of 12 tasks" in everything(app)
    app.text_area(key="tasks").set_value("t1, tt, nope").run()
    shown = everything(app)
    assert "they do not count: tt (nearest: t" in shown
    assert "nope" in shown
    assert "1 of 12 tasks" in shown
    app.text_area(key="tasks").set_value("tt; nope").run()
    assert "the board has no task &#x27;tt&#x27;: did you mean" in everything(app)
    assert app.segmented_control(key="mean"), "the controls stay"


def test_tasks_are_picked_one_by_one_and_the_link_names_them(open_page, vectors: str) -> None:
    app = open_page(vectors, "leaderboards", board="mteb-eng-v2")
    picker = app.multiselect(key="task")
    assert "SICK-R · STS · English" in picker.options, "found by type and language too"
    picker.set_value(["SICK-R", "STS12", "ArguAna"]).run()
    assert not app.exception
    assert "3 of 41 tasks" in everything(app)
    link = next(code.value for code in app.code if "board=mteb-eng-v2" in code.value)
    assert "task=SICK-R&task=STS12&task=ArguAna" in link
    assert app.query_params["task"] == ["SICK-R", "STS12", "ArguAna"]


def test_a_link_opens_with_the_tasks_that_it_names(open_page, gappy: str) -> None:
    for page in ("leaderboards", "compare"):
        app = open_page(gappy, page, board="gappy", task="t2", tasks="t1", set="all")
        assert app.multiselect(key="task").value == ["t2"]
    app = open_page(gappy, "leaderboards", board="gappy", task="t2", tasks="t1", set="all")
    assert "2 of 12 tasks" in everything(app), "picked and pasted ones add up"
    app.button(key="forget-tasks").click().run()
    assert app.multiselect(key="task").value == []
    assert "task" not in app.query_params
    unknown = everything(open_page(gappy, "leaderboards", board="gappy", task="t99"))
    assert "asks for the task &#x27;t99&#x27;" in unknown


def test_a_picked_task_outside_of_the_chosen_set_is_said(open_page, gappy: str) -> None:
    whole = open_page(gappy, "leaderboards", board="gappy", set="all")
    names = whole.multiselect(key="task").options
    app = open_page(gappy, "leaderboards", board="gappy")
    app.multiselect(key="task").set_value(names).run()
    assert "not in the set that was chosen, so they do not count" in everything(app)


def test_a_board_of_few_tasks_says_why_it_has_no_tiers(open_page, gappy: str) -> None:
    app = open_page(gappy, "leaderboards", board="gappy", tasks="t1, t2, t3", set="all")
    why = "There are no tiers with 3 tasks: telling models apart takes at least 6."
    assert why in "\n".join(caption.value for caption in app.caption)
    shown = next(d for d in app.dataframe if "tier" in d.value)
    assert shown.value.tier.isna().all(), "the column stays, and its head says why"
    assert why in json.loads(shown.proto.columns)["tier"]["help"]
    app = open_page(gappy, "leaderboards", board="gappy", set="common", weights="t1=900")
    assert "they make the tasks worth 1" in everything(app)
    gaps = {"set": "all", "treatment": "per-task+available-only"}
    app = open_page(gappy, "leaderboards", board="gappy", **gaps)
    assert "There are no tiers while models with gaps are ranked" in everything(app)


@pytest.mark.parametrize("page", ["leaderboards", "compare"])
def test_a_drawer_shows_that_tasks_are_chosen_and_takes_it_back(open_page, gappy, page) -> None:
    where = {"board": "gappy", "tasks": "t1, t2", "weights": "t1=2"}
    app = open_page(gappy, page, **where)
    assert app.text_area(key="tasks").value == "t1, t2"
    app.button(key="forget-tasks").click().run()
    assert not app.exception
    assert app.text_area(key="tasks").value == app.text_input(key="weights").value == ""
    assert "forget-tasks" not in [button.key for button in app.button]


def test_gaps_are_chosen_beside_the_models_and_are_a_part_of_the_treatment(
    open_page, gappy: str
) -> None:
    app = open_page(gappy, "leaderboards", board="gappy", set="all")
    app.selectbox(key="gaps").set_value("available-only").run()
    assert not app.exception
    assert app.selectbox(key="treatment").value == "per-task+available-only"
    assert "24 of 30 models ranked" in everything(app)
