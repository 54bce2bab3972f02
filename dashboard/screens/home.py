"""The first page: one story with its numbers, boards, claims, what changed, and why to trust it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import streamlit as st

from dashboard import language, safe_html
from dashboard.charts.drawing import draw
from dashboard.charts.slope import slope
from dashboard.home import parts
from dashboard.home.story import chosen, story
from dashboard.language import t
from dashboard.queries import boards as board_queries
from dashboard.queries import claims, tiles
from dashboard.reading import bundled_boards, read, store

safe_html.heading(
    "rankcheck",
    t("Re-ranks leaderboards, says how sure a rank is, and tests what papers claim about them."),
    tab=t("Home"),
)
here, bundled = store(), bundled_boards()
if not here.exists() and bundled is None:
    safe_html.no_store(here.place)
    st.stop()
place = Path(here.place)
wanted = chosen(place if place.is_file() else None)
boards = read(tiles.boards)
if bundled is not None:
    safe_html.note(
        "info", t("This store has no board yet: shown are some that ship with rankcheck.")
    )
if len(boards):
    listed = read(board_queries.boards)
    there = listed[listed.board == wanted.get("board", "")]
    exact = there[there.snapshot == str(wanted.get("snapshot", ""))]
    row = next(found.iloc[0] for found in (exact, there, boards) if len(found))
    snapshot = str(row.snapshot)
    told = story(
        str(row.board_id),
        language.current(),
        partial(read, board_queries.board, str(row.board), snapshot),
    )
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
                    label=t("Open this board"),
                    icon=":material/arrow_forward:",
                    query_params={"board": str(row.board), "snapshot": snapshot},
                )
            with left:
                draw(slope(told.points), alternative=f"{told.question} {told.answer}")
    st.header(t("Boards"))
    parts.tiles(boards[boards.board != row.board], list(wanted.get("tiles", [])))
    st.page_link("screens/leaderboards.py", label=t("Every board"), icon=":material/arrow_forward:")
if not here.exists():
    st.header(t("Your own numbers"))
    safe_html.no_store(here.place)
    st.stop()
standing = read(claims.standing)
if len(standing):
    parts.claims_strip(standing)
parts.what_changed()
parts.trust()
