"""The parts of the page of nights: squares, failures, and what a plan run ran."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.opened import keep_open, name_column, opened_row, opening
from dashboard.queries import overview as queries
from dashboard.queries.frame import records
from dashboard.reading import read, store
from db import plan_runs

SQUARES = 60
_KINDS = {"good": "ended without a failure", "error": "failed jobs", "cut": "cut short"}


def state(night: Any) -> str:
    """Return what became of a plan run: `good`, `error`, `cut` (no report), or `running`."""
    if any(run.night_id == night.night_id for run in plan_runs.running(store().url)):
        return "running"
    if night.failed:
        return "error"
    return "good" if night.reported else "cut"


def squares(nights: pd.DataFrame, most: int = SQUARES) -> None:
    """Show the newest plan runs as squares, the oldest first, each a link to its night."""
    boxes = []
    for night in reversed(list(records(nights.head(most)))):
        kind = state(night)
        plan = f"{night.plan}: " if isinstance(night.plan, str) else ""
        said = f"{formatting.moment(night.started_at)}, {plan}{night.finished} done,"
        said += f" {night.failed} failed, {_KINDS.get(kind, 'running now')}"
        address = f"nights?{urlencode({'night': night.night_id})}"
        boxes.append(
            safe_html.Html(
                f'<a class="rc-square rc-{kind}" tabindex="-1"'
                f' href="{safe_html.text(address)}" title="{safe_html.text(said)}"'
                f' aria-label="{safe_html.text(said)}"></a>'
            )
        )
    safe_html.show(safe_html.tag("div", *boxes, css="rc-squares"))
    safe_html.show(
        safe_html.Html(
            '<p class="rc-words">Each square is a plan run, the newest on the right:'
            ' <span class="rc-square rc-good"></span> done'
            ' <span class="rc-square rc-error"></span> with failures'
            ' <span class="rc-square rc-cut"></span> cut short'
            ' <span class="rc-square rc-running"></span> running now</p>'
        )
    )


def under_way() -> None:
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


def in_words(night: Any) -> str:
    """Return what a plan run did in one sentence."""
    late = f", {night.restored} recovered from a run that died" if night.restored else ""
    # A plan run that was killed left no report, so the number of skipped jobs is unknown.
    skipped = (
        ""
        if formatting.is_missing(night.kept)
        else f", {night.kept:.0f} skipped because they have a result already"
    )
    plan = str(night.plan) if isinstance(night.plan, str) else "a plan"
    return (
        f"{plan}, {formatting.ago(night.started_at)}: {night.finished} done, {night.failed}"
        f" failed{late}{skipped}; {formatting.duration(night.seconds)} of work."
    )


def failures(open_ones: pd.DataFrame) -> None:
    """List the jobs that failed and have not finished since, whichever plan run tried them."""
    for row in records(open_ones):
        subject = " · ".join(part for part in (row.checkpoint, row.task, row.evaluator) if part)
        tries = f" It failed {row.attempts} times." if row.attempts > 1 else ""
        safe_html.note(
            "error",
            safe_html.Html(
                safe_html.tag("strong", subject)
                + safe_html.text(f" {row.error_type}: ")
                + safe_html.text(row.error_text)
            ),
            f"Last tried {formatting.ago(row.started_at)}.{tries} The next run of its plan tries it"
            " again.",
        )
        st.page_link(
            "screens/runs.py",
            label="Everything about this run",
            icon=":material/arrow_forward:",
            query_params={"run": row.run_id},
        )


def what_ran(night_id: str) -> None:
    """Show what a plan run ran, the jobs of one forward pass in one row; a click opens them."""
    ran = read(queries.passes, night_id)
    if ran.empty:
        safe_html.note("info", "This plan run had nothing to run: every job had a result already.")
        return
    total = formatting.duration(float(ran.seconds.sum()))
    safe_html.show(
        safe_html.tag(
            "p",
            f"{formatting.counted(int(ran.runs.sum()), 'run')} in"
            f" {formatting.counted(len(ran), 'row')}, {total} of work. Runs that share one forward"
            " pass over a task stand in one row, since only their time together is known. Click a"
            " task to see its runs.",
            css="rc-words",
        )
    )
    st.dataframe(
        pd.DataFrame(
            {
                "task": ran.task,
                "checkpoint": ran.checkpoint.fillna(""),
                "evaluator": ran.evaluator,
                "runs": ran.runs,
                "failed": ran.failed,
                "seconds": ran.seconds,
                "how": ran.shared.map({True: "one forward pass", False: ""}),
                "memory": ran.peak_mb,
                "started": ran.started_at,
            }
        ),
        hide_index=True,
        placeholder="",
        height=min(460, 38 + 35 * len(ran)),
        **opening("passes", keep_open("passes", night_id)),
        column_config={
            "task": name_column("task", "passes", keep_open("passes", night_id)),
            "seconds": st.column_config.NumberColumn("time, s", format="%.1f"),
            "how": "measured in",
            "memory": st.column_config.NumberColumn(
                "memory, MB", format="%.0f", help="The process's largest memory until then"
            ),
            "started": st.column_config.DatetimeColumn("started (UTC)", format="YYYY-MM-DD HH:mm"),
        },
        alt="What this plan run ran",
    )
    open_as_sql(sql_of(queries.passes, night_id))
    chosen = opened_row("passes", night_id)
    if chosen is not None and chosen < len(ran):
        _runs_of(ran.iloc[chosen])


def _runs_of(row: pd.Series) -> None:
    """List the runs of one row as links."""
    from dashboard.queries import runs

    found = read(runs.labelled, tuple(row.run_ids))
    labels = formatting.told_apart(list(found.parameters))
    with st.container(border=True, gap=None):
        for run, label in zip(records(found), labels, strict=True):
            words = " · ".join(part for part in (run.task, label, f"seed {run.seed}") if part)
            mark = "failed: " if run.status == "failed" else ""
            st.page_link(
                "screens/runs.py",
                label=safe_html.plain_label(f"{mark}{words}"),
                query_params={"run": run.run_id},
            )
