"""The first page: one story with its numbers, boards, claims, what changed, and why to trust it."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from dashboard import safe_html
from dashboard.charts.drawing import draw
from dashboard.charts.slope import slope
from dashboard.home import parts
from dashboard.home.story import chosen, story
from dashboard.queries import boards as board_queries
from dashboard.queries import claims, home
from dashboard.reading import read, store

safe_html.heading(
    "rankcheck",
    "Re-ranks leaderboards, says how sure a rank is, and tests what papers claim about them.",
    tab="Home",
)
if not store().exists():
    safe_html.no_store(store().place)
    st.stop()
place = Path(store().place)
wanted = chosen(place if place.is_file() else None)
boards = read(home.boards)
if len(boards):
    there = boards[boards.board == wanted.get("board")]
    row = there.iloc[0] if len(there) else boards.iloc[0]
    snapshot = str(wanted.get("snapshot", row.snapshot)) if len(there) else str(row.snapshot)
    board = read(board_queries.board, str(row.board), snapshot)
    told = story(f"{row.board_id} {snapshot}", board)
    if told is not None:
        with st.container(border=True):
            left, right = st.columns([3, 2], gap="large", vertical_alignment="center")
            with right:
                safe_html.show(
                    safe_html.tag("h2", told.question, css="rc-story"),
                    safe_html.tag("p", told.answer, css="rc-claim"),
                    *(safe_html.tag("p", sentence, css="rc-answer") for sentence in told.sentences),
                )
                st.page_link(
                    "screens/leaderboards.py",
                    label="Open this board",
                    icon=":material/arrow_forward:",
                    query_params={"board": str(row.board), "snapshot": snapshot},
                )
            with left:
                draw(slope(told.points), alternative=f"{told.question} {told.answer}")
    st.header("Boards")
    parts.tiles(boards[boards.board != row.board], list(wanted.get("tiles", [])))
    st.page_link("screens/leaderboards.py", label="Every board", icon=":material/arrow_forward:")
standing = read(claims.standing)
if len(standing):
    parts.claims_strip(standing)
parts.what_changed()
parts.trust()
