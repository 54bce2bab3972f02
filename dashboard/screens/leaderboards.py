"""The boards page: a list of boards with what they say, or one of them with its table and tabs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import links, safe_html
from dashboard.choosing import (
    choose_board,
    choose_gaps,
    choose_mean,
    choose_rows,
    choose_search,
    choose_treatment,
    say_rows,
)
from dashboard.claims.reasons import translated
from dashboard.folded import funnel, tabbed
from dashboard.language import mark, t
from dashboard.leaderboards import task_choice
from dashboard.leaderboards.all_means import all_means
from dashboard.leaderboards.answer import answer, pending, size_of
from dashboard.leaderboards.behind import behind
from dashboard.leaderboards.board_list import board_list
from dashboard.leaderboards.computed import first_time, spread
from dashboard.leaderboards.heat import heat
from dashboard.leaderboards.means import means
from dashboard.leaderboards.models import KEYS, choose_models, matching
from dashboard.leaderboards.published import published
from dashboard.leaderboards.ranks import choose_columns, draft, table
from dashboard.leaderboards.size import size
from dashboard.leaderboards.snapshots import snapshots
from dashboard.leaderboards.task_choice import choose_tasks, opens_on, with_where
from dashboard.leaderboards.tasks import tasks
from dashboard.leaderboards.tiers import groups_of
from dashboard.leaderboards.trajectory import has_trajectory, trajectory
from dashboard.leaderboards.view import permalink, view_of
from dashboard.queries import boards
from dashboard.reading import read
from dashboard.report_button import offer_board, source_of
from db.errors import QueryError, StoreBusy
from evaluators.averaging import Board
from evaluators.averaging.common_tasks import complete_cells
from evaluators.averaging.selection import Selection, select
from evaluators.errors import TreatmentError

st.html(Path(__file__).parents[1] / "leaderboards.css")

VIEWS = (
    *(mark("Means"), mark("Size"), mark("Heat map"), mark("Which task decides")),
    *(mark("Does it add up"), mark("Snapshots"), mark("All means"), mark("Behind the table")),
    mark("Trajectory"),
)
_RENAMED = {  # in links from before
    "Ranks": "Means",
    "Over p": "All means",
    "Pairs": "All means",
    "Tasks": "Which task decides",
    "Published": "Does it add up",
}
_KNOWN = (
    *("board", "snapshot", "p", "treatment", "view", "search", "pin", "top", "columns", "row"),
    *("rival", "by", "curve", "training", "heat", *task_choice.KEYS, *KEYS),
)


def main() -> None:
    """Show the list, or the board that is chosen."""
    if "open-model" in st.session_state:  # a row was opened by its name
        model = st.session_state.pop("open-model")
        st.switch_page("screens/model.py", query_params={"model": model})
    listed = read(boards.boards)
    if listed.empty:
        safe_html.heading(t("Boards"), t("Who leads, and does the lead hold?"))
        safe_html.note(
            "info", t("The store has no leaderboard yet. Any plan run imports the bundled ones:")
        )
        safe_html.code("rankcheck run plans/quickstart.yaml")
        return
    links.expect_names(_KNOWN)
    renamed = _RENAMED.get(st.query_params.get("view", ""))
    if renamed is not None:
        st.query_params["view"] = st.session_state["view"] = renamed
    links.expect("view", VIEWS, t("the tab"))
    if "open-board" in st.session_state:  # a row of the list was clicked
        st.session_state["board"] = st.session_state.pop("open-board")
    head, choice = st.columns([3, 2], vertical_alignment="top")
    with choice:
        chosen = choose_board(listed)
    if chosen is None:
        st.set_page_config(page_title=f"{t('Boards')} · rankcheck")
        with head:
            safe_html.show(safe_html.tag("h1", t("Boards"), css="rc-title"))
        links.complain(t("Shown is the list of all boards."))
        board_list(listed)
    else:
        one_board(chosen, listed, head)


def one_board(
    chosen: pd.Series, listed: pd.DataFrame, head: st.delta_generator.DeltaGenerator
) -> None:
    """Show a board: its answer, the row of controls, the table, and the tabs."""
    board_id = str(chosen.board_id)
    whole = read(boards.board, str(chosen.board), str(chosen.snapshot))
    said = st.container(gap="xsmall")
    row = st.container(horizontal=True, vertical_alignment="center", key="controls", gap="xsmall")
    title = " ".join((whole.title or whole.name).split())
    st.set_page_config(page_title=f"{title} {chosen.snapshot} · rankcheck")
    with head:
        heading = st.empty()
        heading.html(safe_html.tag("h1", title, css="rc-title rc-board"))
    with row:
        p = choose_mean()
        with st.popover(t("Tasks"), key="drawer-tasks", icon=funnel(task_choice.CHOICES)):
            task_problem, selection = _tried(lambda: choose_tasks(whole, board_id))
        with st.popover(t("Models"), key="drawer-models", icon=funnel(KEYS)):
            choose_gaps()
            where = choose_models(whole)
        with st.popover(t("Scores"), key="drawer-scores"):
            treatment = choose_treatment()
    try:
        if selection is None:
            raise TreatmentError(task_problem)
        selection = with_where(selection, where)
        matches = matching(whole, board_id, where) if where else None
        board, treatment = select(whole, treatment, selection, matches)
        view = view_of(board, board_id, treatment, p, where)
    except (TreatmentError, QueryError, StoreBusy) as error:
        with said:
            links.complain(t("Shown is what the controls say."))
            safe_html.note("warning", t("This choice cannot be shown."), translated(str(error)))
        return
    with row:
        wanted = choose_search()
        with st.popover(t("Columns"), key="drawer-columns"):
            columns = choose_columns(board)
            rows = choose_rows(view, wanted)
        link = st.container(width="content")
    task_count = len(complete_cells(whole)[0])
    heading.html(
        safe_html.tag("h1", title, css="rc-title rc-board")
        + safe_html.tag("p", size_of(view, task_count, len(whole.models)), css="rc-words rc-size")
    )
    with said:
        links.complain(
            t("Shown is {title}, snapshot {snapshot}.", title=title, snapshot=chosen.snapshot)
        )
        answered = st.empty()
        _say_gaps(whole, board, board_id)
        if matches is not None:
            safe_html.note("info", f"{matches.headline}.")
        for remark in view.ranking.notes:
            safe_html.note("warning", translated(remark))
        say_rows(view, rows, wanted)
    place = st.empty()
    sure = groups = None
    if view.ranking.ranked:
        if first_time(board_id, treatment, p):  # the rows are there before how sure they are
            with answered:
                safe_html.show(pending(view))
            with place.container():
                draft(view, rows, columns)
        sure = spread(board_id, treatment, p, board)
        groups = groups_of(board_id, treatment, p, board)
    with answered:
        safe_html.show(answer(view, sure, groups))
    with place.container():
        table(view, rows, sure, groups, columns)
    source = source_of(chosen)
    # Only the open tab is computed, and its name is in the address.
    parts: dict[str, Callable[[], object]] = {
        "Means": lambda: means(view, rows),
        "Size": lambda: size(view, rows),
        "Heat map": lambda: heat(view, rows),
        "Which task decides": lambda: tasks(view, rows),
        "Does it add up": lambda: published(view, whole),
        "Snapshots": lambda: snapshots(view, rows, listed, where),
        "All means": lambda: all_means(view, rows),
        "Behind the table": lambda: behind(view, sure, source),
    }
    if has_trajectory(whole):
        parts["Trajectory"] = lambda: trajectory(view)
    tabbed(parts, key="view")
    # At last, when every control has its value.
    with link, st.container(horizontal=True, gap="xsmall"):
        permalink(view, KEYS)
        offer_board(whole, view, selection, chosen)


def _tried(make: Callable[[], Selection]) -> tuple[str, Selection | None]:
    """Return a choice, or why it cannot be made: the controls after it must still be drawn."""
    try:
        return "", make()
    except TreatmentError as error:
        return str(error), None


def _say_gaps(whole: Board, board: Board, board_id: str) -> None:
    """Say that a board with gaps opened on the tasks that most of its models have."""
    if opens_on(board_id, whole) != "common" or st.session_state.get("set") != "common":
        return
    tasks, shown = len(complete_cells(whole)[0]), len(complete_cells(board)[0])
    sentence = t(
        "Hardly any of the {models} models has all {tasks} tasks. The ranks are over"
        " the {shown} tasks that at least half of the models have; choose others under"
        " Tasks.",
        models=len(whole.models),
        tasks=tasks,
        shown=shown,
    )
    safe_html.show(safe_html.tag("p", sentence, css="rc-words"))


main()
