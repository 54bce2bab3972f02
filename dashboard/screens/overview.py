"""What ran last night, and did anything move?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import formatting, overview_tables, safe_html
from dashboard.folded import folded
from dashboard.queries import claims, overview
from dashboard.queries.frame import records
from dashboard.reading import read, store
from dashboard.verdicts import CANARY
from db import plan_runs

safe_html.heading("Overview", "What ran last night, and did anything move?")


def night_tiles(night: pd.Series | None, verdicts: pd.DataFrame, moved: pd.DataFrame) -> None:
    """Show the last night, what moved, the canary and the store in four tiles."""
    held = read(overview.holdings)
    here = store()
    if night is None:
        ran = ("Last night", "no run yet", "rankcheck run plans/quickstart.yaml", "warning")
    else:
        late = f", {night.restored} restored" if night.restored else ""
        # A night that was killed left no report: what it skipped is not known.
        skipped = "" if formatting.is_missing(night.kept) else f", {night.kept:.0f} skipped"
        plan = f"{night.plan}: " if isinstance(night.plan, str) else ""
        ran = (
            "Last night",
            f"{night.finished} done, {night.failed} failed{skipped}",
            f"{plan}{formatting.ago(night.started_at)},"
            f" {formatting.duration(night.seconds)} of work{late}"
            + ("; skipped is what was done before" if skipped else ""),
            "error" if night.failed else "good",
        )
    beyond = int(moved.beyond.fillna(False).astype(bool).sum()) if len(moved) else 0
    again = (
        "no score was measured again last night"
        if moved.empty
        else f"of {formatting.counted(len(moved), 'score')} measured again last night"
    )
    judged = verdicts[verdicts.claim == CANARY]
    drifted = judged[judged.verdict != "holds"]
    if judged.empty:
        canary = ("Canary", "not repeated yet", "repeats daily, and when the environment changes")
    else:
        said = formatting.counted(len(drifted), "drift") if len(drifted) else "holds"
        canary = ("Canary", said, f"judged {formatting.ago(judged.decided_at.max())}")
    place = Path(here.place)
    size = formatting.size(place.stat().st_size) if place.is_file() else place.name
    each = [
        ran[:3],
        ("Moved beyond its interval", str(beyond), again),
        canary,
        ("Store", size, f"newest row {formatting.ago(held['newest'])}"),
        ("Scores kept", f"{held['scores']:,}", formatting.counted(int(held["runs"]), "evaluation")),
        (
            "Covers",
            formatting.counted(int(held["checkpoints"]), "checkpoint"),
            f"{formatting.counted(int(held['tasks']), 'task')},"
            f" {formatting.counted(int(held['boards']), 'board snapshot')}",
        ),
    ]
    kinds = [ran[3], "warning" if beyond else "good"]
    kinds += ["error" if len(drifted) else "good" if len(judged) else "plain"]
    kinds += ["info", "info", "info"]
    safe_html.tiles(each, kinds)


def plan_runs_here() -> None:
    """Show the plan runs that are under way on this machine, and those that were killed."""
    for run in plan_runs.running(store().url):
        safe_html.note(
            "info",
            safe_html.Html(safe_html.tag("strong", run.plan) + safe_html.text(" is running.")),
            f"It began {formatting.ago(run.started.replace(tzinfo=None))}; {run.progress} done."
            f" Process {run.pid} on {run.host}.",
        )
    for run in plan_runs.killed(store().url)[-3:]:
        safe_html.note(
            "warning",
            safe_html.Html(safe_html.tag("strong", run.plan) + safe_html.text(" was killed.")),
            f"It began {formatting.ago(run.started.replace(tzinfo=None))}; {run.progress} done."
            " What was finished is kept; the next run of the plan does the rest.",
        )


def failures(night: pd.Series) -> None:
    """List what failed that night, each with its error."""
    st.header("What failed")
    for row in records(read(overview.failures_of, str(night.night_id))):
        what = " · ".join(part for part in (row.checkpoint, row.task, row.evaluator) if part)
        after = "It has finished since." if row.resolved else "It runs again with the next night."
        safe_html.note(
            "warning" if row.resolved else "error",
            safe_html.Html(
                safe_html.tag("strong", what)
                + safe_html.text(f" {row.error_type}: ")
                + safe_html.text(row.error_text)
            ),
            after,
        )
        st.page_link(
            "screens/runs.py",
            label="Everything about this run",
            icon=":material/history:",
            query_params={"run": row.run_id},
        )


nights = read(overview.nights)
last = None if nights.empty else nights.iloc[0]
every = read(overview.moved)
moved = every if last is None else every[every.night_id == last.night_id]
standing = read(claims.standing)
night_tiles(last, standing, moved)
plan_runs_here()
if last is None:
    safe_html.note("info", "Nothing has run yet. This fills the store in about a minute:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
elif last.failed:
    failures(last)

overview_tables.drifts(standing[(standing.claim == CANARY) & (standing.verdict != "holds")])
if len(standing):
    st.header("Verdicts")
    overview_tables.verdict_tiles(standing, read(claims.known))

changed = moved[moved.difference.abs() > 1e-9] if len(moved) else moved
if len(changed):
    st.header("What moved last night")
    overview_tables.moved_table(changed)
earlier = every[(every.difference.abs() > 1e-9) & ~every.run_id.isin(moved.run_id)]
if len(earlier):
    folded(
        f"What moved before that ({len(earlier)})",
        lambda: overview_tables.moved_table(earlier),
        key="moved-before",
    )

if last is not None:
    st.header("Newest scores")
    overview_tables.newest_table(read(overview.newest_scores))
    folded(f"Nights ({len(nights)})", lambda: overview_tables.nights_table(nights), key="nights")
