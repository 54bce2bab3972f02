"""The leaderboards page: one board under a chosen mean and treatment, in tabs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import streamlit as st

from dashboard import safe_html
from dashboard.choosing import (
    choose_board,
    choose_mean,
    choose_rows,
    choose_tasks,
    choose_treatment,
)
from dashboard.folded import tabbed
from dashboard.leaderboards.computed import spread
from dashboard.leaderboards.models import KEYS, choose_models, matching
from dashboard.leaderboards.over_p import over_p
from dashboard.leaderboards.pairs import pairs
from dashboard.leaderboards.published import published
from dashboard.leaderboards.ranks import headline, ranks
from dashboard.leaderboards.size import size
from dashboard.leaderboards.snapshots import snapshots
from dashboard.leaderboards.tasks import tasks
from dashboard.leaderboards.trajectory import has_trajectory, trajectory
from dashboard.leaderboards.view import permalink, view_of
from dashboard.queries import boards
from dashboard.reading import read
from db.errors import QueryError, StoreBusy
from evaluators.averaging.selection import select
from evaluators.errors import TreatmentError

st.html(Path(__file__).parents[1] / "leaderboards.css")
safe_html.heading(
    "Leaderboards", "Who leads, and does the lead hold under another mean or another treatment?"
)

listed = read(boards.boards)
if listed.empty:
    safe_html.note(
        "info", "The store has no leaderboard yet. Any plan run imports the bundled ones:"
    )
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    st.stop()

chosen = choose_board(listed)
p = choose_mean()
treatment = choose_treatment()
whole = read(boards.board, str(chosen.board), str(chosen.snapshot))
selection = replace(choose_tasks(whole), where=choose_models(whole))
board_id = str(chosen.board_id)
try:
    matches = matching(whole, board_id, selection.where) if selection.where else None
    board, treatment = select(whole, treatment, selection, matches)
except (TreatmentError, QueryError, StoreBusy) as error:
    safe_html.note("warning", error)
    st.stop()
if matches is not None:
    safe_html.note("info", f"{matches.headline}.")
view = view_of(board, board_id, treatment, p)
sure = spread(view.board_id, treatment, p, board) if view.ranking.ranked else None

headline(view, sure)
for remark in view.ranking.notes:
    safe_html.note("warning", remark)
rows = choose_rows(view)

source = [
    (label, str(chosen[label]))
    for label in ("source", "retrieved", "licence", "notes")
    if isinstance(chosen[label], str) and chosen[label]
]
# Only the open tab is computed, and its name is in the address.
parts = {
    "Ranks": lambda: ranks(view, rows, sure, source),
    "Over p": lambda: over_p(view, rows),
    "Pairs": lambda: pairs(view, rows),
    "Tasks": lambda: tasks(view, rows),
    "Published": lambda: published(view, whole),
    "Size": lambda: size(view, rows),
    "Snapshots": lambda: snapshots(view, rows, listed, selection.where),
}
if has_trajectory(whole):
    parts["Trajectory"] = lambda: trajectory(view)
tabbed(parts, key="view")
permalink(view, KEYS)
