"""The page of nights: what plans ran, what failed and is still open, and which scores moved."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting, links, moved, nights, safe_html
from dashboard.folded import folded
from dashboard.queries import claims
from dashboard.queries import overview as queries
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.report_button import offer_stored, report_of_plan_run
from dashboard.verdicts import CANARY

found = read(queries.nights)
open_ones = read(queries.open_failures)
if found.empty:
    safe_html.heading("Nights", "No plan has run yet.")
    nights.under_way()
    safe_html.note("info", "This command fills the store in a few minutes:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    st.stop()

last = next(records(found))
still = (
    f" {formatting.counted(len(open_ones), 'failure')} still open."
    if len(open_ones)
    else " No failure is open."
)
safe_html.heading("Nights", f"Last plan run: {nights.in_words(last)}{still}")
nights.under_way()
nights.squares(found)

if len(open_ones):
    st.header("Failures that are open")
    nights.failures(open_ones)

standing = read(claims.standing)
moved.drifts(standing[(standing.claim == CANARY) & (standing.verdict != "holds")])

names = {str(row.night_id): row for row in records(found)}
wanted = st.query_params.get("night")
if wanted is not None and wanted not in names:
    links.say_missing("night", wanted, formatting.moment(last.started_at))


def _label(night_id: str) -> str:
    night = names[night_id]
    plan = f" {night.plan}" if isinstance(night.plan, str) else ""
    return (
        f"{formatting.moment(night.started_at)}{plan}: {night.finished} done, {night.failed} failed"
    )


def _name() -> None:
    st.query_params["night"] = st.session_state["of-night"]


st.header("One plan run")
left, right = st.columns([3, 1], vertical_alignment="bottom")
night_id = left.selectbox(
    "Plan run",
    list(names),
    index=list(names).index(wanted) if wanted in names else 0,
    format_func=_label,
    key="of-night",
    on_change=_name,
)
with right:
    offer_stored(report_of_plan_run, str(night_id))
st.page_link("screens/runs.py", label="All runs as a list", icon=":material/list:")
nights.what_ran(str(night_id))

every = read(queries.moved)
of_night = every[every.night_id == night_id]
changed = of_night[of_night.difference.abs() > 1e-9]
st.header("Scores that moved")
if len(of_night) and changed.empty:
    safe_html.note(
        "good",
        f"{formatting.counted(len(of_night), 'score')} measured again, none of them changed.",
    )
elif of_night.empty:
    safe_html.note("info", "This plan run measured no score again.")
else:
    moved.moved_table(changed)
earlier = every[(every.difference.abs() > 1e-9) & ~every.run_id.isin(of_night.run_id)]
if len(earlier):
    folded(
        f"Changes in other plan runs ({len(earlier)})",
        lambda: moved.moved_table(earlier),
        key="moved-before",
    )
