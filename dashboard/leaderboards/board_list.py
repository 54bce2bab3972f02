"""List the boards, each with what it says: who leads, how sure that is, and where humans stand."""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import safe_html
from dashboard.formatting import one_line
from dashboard.language import t
from dashboard.leaderboards.finding import UNKNOWN, Finding, compute, computed, of_store
from dashboard.leaderboards.notes import sentences_of
from dashboard.opened import opening_table
from dashboard.queries import tiles
from dashboard.queries.frame import records
from dashboard.reading import read


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
    stored = {row.board_id: of_store(row) for row in records(read(tiles.boards))}
    rows = list(records(newest))
    known = [computed().get(r.board_id, stored.get(r.board_id, UNKNOWN)) for r in rows]
    waiting = [row.board_id not in computed() for row in rows]
    _table([_line(*each) for each in zip(rows, known, waiting, strict=True)])
    # The rows are on the screen by now. What is lacking follows, a few boards at a time.
    until = time.monotonic() + _AT_ONCE
    for row, finding, wait in zip(rows, known, waiting, strict=True):
        if wait and time.monotonic() < until:
            compute(str(row.board), str(row.snapshot), str(row.board_id), finding)
    if any(waiting):
        st.rerun()


_ROW, _ABOUT = 32, 33  # pixels of a row; letters that its last column has on a screen of 1440

_AT_ONCE = 0.7
"""Seconds of computing before the table shows what came of it."""


def _line(row: Any, finding: Finding, wait: bool) -> dict[Hashable, Any]:
    title = row.title if isinstance(row.title, str) and row.title else row.board
    return {
        "board": row.board,
        "title": " ".join(str(title).split()),
        "date": row.snapshot,
        "models": int(row.models),
        "tasks": finding.tasks,
        "leader": t(finding.said) if finding.said else finding.leader or "…",
        "sure": None if finding.sure is None else 100 * finding.sure,
        "group": finding.group,
        "human": finding.human,
        "adds up": "…" if wait else _adds_up_words(finding.adds_up),
        "about": _first_sentence(row.notes),
    }


def _first_sentence(notes: object) -> str:
    first = next(iter(sentences_of(notes)), "")
    return one_line(t(first).rstrip(".。"), _ABOUT)


def _table(rows: list[dict[Hashable, Any]]) -> None:
    frame = pd.DataFrame(rows)

    def open_board(place: int) -> None:
        st.session_state["open-board"] = str(rows[place]["board"])

    for name in ("tasks", "group", "human"):
        frame[name] = frame[name].astype("Int64")
    number, text = st.column_config.NumberColumn, st.column_config.TextColumn
    opening_table(
        frame.drop(columns="board"),
        (),  # the box above finds a board by its name
        "boards",
        click=("title", t("board")),
        open_row=open_board,
        hide_index=True,
        height=_ROW * len(frame) + 44,
        row_height=_ROW,
        column_config={
            "title": {"width": 220},
            "date": text(t("snapshot"), width=86),
            "models": number(t("models"), width=62, format="localized"),
            "tasks": number(t("tasks"), width=56),
            "leader": text(t("leads"), width=160),
            "sure": number(
                t("holds, %"),
                width=68,
                format="%.0f",
                help=t("In how many of 100 other draws of the tasks it would still lead"),
            ),
            "group": number(
                t("tier 1"),
                width=60,
                help=t(
                    "How many models cannot be told apart from the leader, itself included; of"
                    " large boards among the first 500"
                ),
            ),
            "human": number(t("humans"), width=68, help=t("Rank of the human row")),
            "adds up": text(
                t("adds up"),
                width=104,
                help=t("How many of the averages that the board published follow from its scores"),
            ),
        },
        alt=t("Boards with what they say; a click on a name or Shift+Space opens a board"),
    )


def _adds_up_words(found: tuple[int, int] | None) -> str:
    if found is None:
        return ""
    agree, compared = found
    if not compared:
        return t("not published")
    return t("{agree:,} of {compared:,}", agree=agree, compared=compared)
