"""Show the overview page: last plan run, changed and newest scores, verdicts."""

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

safe_html.heading("Overview", "What did the last plan run do, and did any score change?")


def plan_run_tiles(plan_run: pd.Series | None, verdicts: pd.DataFrame, moved: pd.DataFrame) -> None:
    """Show tiles: the last plan run, changed scores, the canary and the store."""
    holdings = read(overview.holdings)
    current_store = store()
    if plan_run is None:
        last_run = ("Last plan run", "none yet", "rankcheck run plans/quickstart.yaml", "warning")
    else:
        late = f", {plan_run.restored} recovered" if plan_run.restored else ""
        # A plan run that was killed left no report, so the number of skipped jobs is unknown.
        skipped = "" if formatting.is_missing(plan_run.kept) else f", {plan_run.kept:.0f} skipped"
        plan = f"{plan_run.plan}: " if isinstance(plan_run.plan, str) else ""
        last_run = (
            "Last plan run",
            f"{plan_run.finished} done, {plan_run.failed} failed{skipped}",
            f"{plan}{formatting.ago(plan_run.started_at)},"
            f" {formatting.duration(plan_run.seconds)} of work{late}"
            + ("; skipped jobs have a result already" if skipped else ""),
            "error" if plan_run.failed else "good",
        )
    beyond = int(moved.beyond.fillna(False).astype(bool).sum()) if len(moved) else 0
    repeated = (
        "the last plan run measured no score again"
        if moved.empty
        else f"of {formatting.counted(len(moved), 'score')} measured again in the last plan run"
    )
    judged = verdicts[verdicts.claim == CANARY]
    drifted = judged[judged.verdict != "holds"]
    if judged.empty:
        canary = ("Canary", "not repeated yet", "repeats daily and after environment changes")
    else:
        result = formatting.counted(len(drifted), "drift") if len(drifted) else "holds"
        canary = ("Canary", result, f"judged {formatting.ago(judged.decided_at.max())}")
    place = Path(current_store.place)
    size = formatting.size(place.stat().st_size) if place.is_file() else place.name
    tiles = [
        last_run[:3],
        ("Scores outside their old interval", str(beyond), repeated),
        canary,
        ("Store", size, f"newest row {formatting.ago(holdings['newest'])}"),
        (
            "Scores stored",
            f"{holdings['scores']:,}",
            formatting.counted(int(holdings["runs"]), "evaluation"),
        ),
        (
            "Coverage",
            formatting.counted(int(holdings["checkpoints"]), "checkpoint"),
            f"{formatting.counted(int(holdings['tasks']), 'task')},"
            f" {formatting.counted(int(holdings['boards']), 'board snapshot')}",
        ),
    ]
    kinds = [last_run[3], "warning" if beyond else "good"]
    kinds += ["error" if len(drifted) else "good" if len(judged) else "plain"]
    kinds += ["info", "info", "info"]
    safe_html.tiles(tiles, kinds)


def plan_runs_here() -> None:
    """Show plan runs in progress on this machine, and those that were killed."""
    for run in plan_runs.running(store().url):
        safe_html.note(
            "info",
            safe_html.Html(safe_html.tag("strong", run.plan) + safe_html.text(" is running.")),
            f"It started {formatting.ago(run.started.replace(tzinfo=None))}; {run.progress} done."
            f" Process {run.pid} on {run.host}.",
        )
    for run in plan_runs.killed(store().url)[-3:]:
        safe_html.note(
            "warning",
            safe_html.Html(safe_html.tag("strong", run.plan) + safe_html.text(" was killed.")),
            f"It started {formatting.ago(run.started.replace(tzinfo=None))}; {run.progress} done."
            " Finished jobs are stored; the next run of the plan does the others.",
        )


def failures(plan_run: pd.Series) -> None:
    """List the failed jobs of a plan run with their errors."""
    st.header("Failed jobs")
    for row in records(read(overview.failures_of, str(plan_run.night_id))):
        subject = " · ".join(part for part in (row.checkpoint, row.task, row.evaluator) if part)
        outlook = "It has succeeded since." if row.resolved else "The next plan run tries it again."
        safe_html.note(
            "warning" if row.resolved else "error",
            safe_html.Html(
                safe_html.tag("strong", subject)
                + safe_html.text(f" {row.error_type}: ")
                + safe_html.text(row.error_text)
            ),
            outlook,
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
plan_run_tiles(last, standing, moved)
plan_runs_here()
if last is None:
    safe_html.note("info", "No plan has run yet. This command fills the store in about a minute:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
elif last.failed:
    failures(last)

overview_tables.drifts(standing[(standing.claim == CANARY) & (standing.verdict != "holds")])
if len(standing):
    st.header("Verdicts")
    overview_tables.verdict_tiles(standing)

changed = moved[moved.difference.abs() > 1e-9] if len(moved) else moved
if len(changed):
    st.header("Scores changed by the last plan run")
    overview_tables.moved_table(changed)
earlier = every[(every.difference.abs() > 1e-9) & ~every.run_id.isin(moved.run_id)]
if len(earlier):
    folded(
        f"Earlier changes ({len(earlier)})",
        lambda: overview_tables.moved_table(earlier),
        key="moved-before",
    )

if last is not None:
    st.header("Newest scores")
    overview_tables.newest_table(read(overview.newest_scores))
    folded(f"Plan runs ({len(nights)})", lambda: overview_tables.nights_table(nights), key="nights")
