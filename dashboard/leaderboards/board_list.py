"""List the boards, each with what it says: who leads, how sure that is, and where humans stand."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.language import mark, t
from dashboard.leaderboards.computed import spread
from dashboard.leaderboards.task_choice import opens_on
from dashboard.leaderboards.tiers import groups_of
from dashboard.leaderboards.view import view_of
from dashboard.opened import name_column, opening
from dashboard.queries import boards as queries
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.tables import table
from evaluators.averaging import Board, Treatment
from evaluators.averaging.audit.recompute import FURTHER, best_fit, recompute_all
from evaluators.averaging.common_tasks import common_tasks, complete_cells
from evaluators.averaging.selection import Selection, select
from evaluators.errors import EvaluatorError


def board_list(listed: pd.DataFrame) -> None:
    """Show the newest snapshot of every board in a row; a click on a row opens it."""
    newest = listed.drop_duplicates("board").reset_index(drop=True)
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "{newest} boards in {listed} snapshots, each by the arithmetic mean of its"
                " tasks. Click a name to open its board; without a mouse, find it in the box above"
                " and press Enter, or press Shift+Space on its row.",
                newest=len(newest),
                listed=len(listed),
            ),
            css="rc-question",
        )
    )
    place = st.empty()
    todo = [i for i, row in enumerate(records(newest)) if row.board_id not in _found()]
    for step, i in enumerate(todo):
        if step % 4 == 0:  # what is known is shown while the rest is computed
            with place.container():
                _table([_known(row) for row in records(newest)])
        chosen = newest.iloc[i]
        _found()[str(chosen.board_id)] = _finding(chosen)
    with place.container():
        _table([_known(row) for row in records(newest)])


@st.cache_resource
def _found() -> dict[str, dict[str, Any]]:
    """Return what is known of each import of a board; an import never changes."""
    return {}


def _known(row: Any) -> dict[Hashable, Any]:
    about = _found().get(str(row.board_id), {})
    title = row.title if isinstance(row.title, str) and row.title else row.board
    return {
        "board": row.board,
        "title": " ".join(str(title).split()),
        "date": row.snapshot,
        "models": int(row.models),
        "tasks": about.get("tasks"),
        "leader": t(about["said"]) if "said" in about else about.get("leader", "…"),
        "sure": about.get("sure"),
        "group": about.get("group"),
        "human": about.get("human"),
        "adds up": _adds_up_words(about.get("adds up")),
        "about": _first_sentence(row.notes),
    }


def _first_sentence(notes: object) -> str:
    return notes.split(". ")[0].strip() if isinstance(notes, str) else ""


def _table(rows: list[dict[Hashable, Any]]) -> None:
    frame = pd.DataFrame(rows)
    key = f"boards-{len(_found())}"  # another table each time that more is known

    def open_board(place: int) -> None:
        st.session_state["open-board"] = str(rows[place]["board"])

    for name in ("tasks", "group", "human"):
        frame[name] = frame[name].astype("Int64")
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    table(
        frame.drop(columns="board"),
        hide_index=True,
        height=32 * (len(frame) + 1) + 8,
        row_height=32,
        column_config={
            "title": name_column(t("board"), key, open_board, width=215),
            "date": text(t("snapshot"), width=92),
            "models": number(t("models"), width=70, format="localized"),
            "tasks": number(t("tasks"), width=60),
            "leader": text(t("leads"), width=190),
            "sure": number(
                t("still leads, %"),
                width=100,
                format="%.0f",
                help=t("In how many of 100 other draws of the tasks it would still lead"),
            ),
            "group": number(
                t("first group"),
                width=92,
                help=t(
                    "How many models cannot be told apart from the leader, itself included; of"
                    " large boards among the first 500"
                ),
            ),
            "human": number(t("human rank"), width=92),
            "adds up": text(
                t("adds up"),
                width=120,
                help=t("How many of the averages that the board published follow from its scores"),
            ),
        },
        **opening(key, open_board),
        placeholder="",
        alt=t("Boards with what they say; a click on a name or Shift+Space opens a board"),
    )


def _finding(chosen: pd.Series) -> dict[str, Any]:
    """Return what a board says under the mean and tasks that it opens on."""
    try:
        whole = read(queries.board, str(chosen.board), str(chosen.snapshot))
        board_id = str(chosen.board_id)
        board, treatment = as_opened(whole, board_id)
        view = view_of(board, board_id, treatment, 1.0)
    except EvaluatorError:
        return {"said": mark("needs a choice of how scores are combined")}
    tasks = len(complete_cells(board)[0])
    about: dict[str, Any] = {"tasks": tasks}
    ranked = view.ranking.ranked
    if not ranked:
        about["said"] = mark("nobody is ranked")
    else:
        about["leader"] = " ".join(ranked[0].model.split())
        sure = spread(board_id, treatment, 1.0, board)
        if sure.tasks > 1:
            about["sure"] = 100 * sure.first[ranked[0].position]
        groups = groups_of(board_id, treatment, 1.0, board)
        if groups.tiers:
            about["group"] = list(groups.tiers.values()).count(1)
        if view.human is not None:
            about["human"] = view.human.rank
    about["adds up"] = _adds_up(whole)
    return about


def as_opened(whole: Board, board_id: str) -> tuple[Board, Treatment]:
    """Return a board with the tasks that its page opens on, and the treatment that says so."""
    if opens_on(board_id, whole) == "common":
        tasks = common_tasks(whole)
        return select(whole, Treatment(), Selection(tasks=tasks, name="common tasks"))
    return whole, Treatment()


def _adds_up(whole: Board) -> tuple[int, int]:
    """Return how many of how many published averages follow from the scores."""
    if np.isnan(whole.published).all():
        return 0, 0
    best = best_fit(recompute_all(whole))
    if best is None or best.agree < best.compared:
        best = best_fit([*filter(None, [best]), *recompute_all(whole, FURTHER)])
    return 0 if best is None else best.agree, int((~np.isnan(whole.published)).sum())


def _adds_up_words(found: tuple[int, int] | None) -> str:
    if found is None:
        return ""
    agree, compared = found
    if not compared:
        return t("not published")
    return t("{agree:,} of {compared:,}", agree=agree, compared=compared)
