"""The page of nights: what plans ran, what failed and is still open, and which scores moved."""

from __future__ import annotations

import streamlit as st

from dashboard import formatting, links, moved, nights, safe_html
from dashboard.folded import folded
from dashboard.language import mark, nt, option_labels, sentences, t
from dashboard.queries import claims
from dashboard.queries import overview as queries
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.report_button import offer_stored, report_of_plan_run
from dashboard.verdicts import CANARY

found = read(queries.nights)
open_ones = read(queries.open_failures)
if found.empty:
    safe_html.heading(t("Nights"), t("No plan has run yet."))
    nights.under_way()
    safe_html.note("info", t("This command fills the store in a few minutes:"))
    safe_html.code("rankcheck run plans/quickstart.yaml")
    st.stop()

last = next(records(found))
still = (
    nt("{count:,} failure still open.", "{count:,} failures still open.", len(open_ones))
    if len(open_ones)
    else t("No failure is open.")
)
ran = t("Last plan run: {what}", what=nights.in_words(last))
safe_html.heading(t("Nights"), sentences(ran, still))
nights.under_way()
nights.squares(found)

if len(open_ones):
    st.header(t("Failures that are open"))
    nights.failures(open_ones)

standing = read(claims.standing)
moved.drifts(standing[(standing.claim == CANARY) & (standing.verdict != "holds")])

names = {str(row.night_id): row for row in records(found)}
wanted = st.query_params.get("night")
if wanted is not None and wanted not in names:
    links.say_missing(mark("night"), wanted, formatting.moment(last.started_at))


def _label(night_id: str) -> str:
    night = names[night_id]
    plan = formatting.moment(night.started_at)
    if isinstance(night.plan, str):
        plan += f" {night.plan}"
    return t("{name}: {numbers}", name=plan, numbers=nights.jobs_of(night))


def _name() -> None:
    st.query_params["night"] = st.session_state["of-night"]


st.header(t("One plan run"))
left, right = st.columns([3, 1], vertical_alignment="bottom")
night_id = left.selectbox(
    t("Plan run"),
    list(names),
    index=list(names).index(wanted) if wanted in names else 0,
    format_func=option_labels(names, _label),
    key="of-night",
    on_change=_name,
)
with right:
    offer_stored(report_of_plan_run, str(night_id))
st.page_link("screens/runs.py", label=t("All runs as a list"), icon=":material/list:")
nights.what_ran(str(night_id))

every = read(queries.moved)
of_night = every[every.night_id == night_id]
changed = of_night[of_night.difference.abs() > 1e-9]
st.header(t("Scores that moved"))
if len(of_night) and changed.empty:
    safe_html.note(
        "good",
        nt(
            "{count:,} score measured again, none of them changed.",
            "{count:,} scores measured again, none of them changed.",
            len(of_night),
        ),
    )
elif of_night.empty:
    safe_html.note("info", t("This plan run measured no score again."))
else:
    moved.moved_table(changed)
earlier = every[(every.difference.abs() > 1e-9) & ~every.run_id.isin(of_night.run_id)]
if len(earlier):
    folded(
        t("Changes in other plan runs ({count})", count=len(earlier)),
        lambda: moved.moved_table(earlier),
        key="moved-before",
    )
