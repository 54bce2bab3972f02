"""The parts of the page of nights: squares, failures, and what a plan run ran."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, links, safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.language import mark, nt, sentences, t
from dashboard.opened import opening_table, row_names
from dashboard.queries import overview as queries
from dashboard.queries.frame import records
from dashboard.reading import read, store
from db import plan_runs

SQUARES = 60
_KINDS = {
    "good": mark("ended without a failure"),
    "error": mark("failed jobs"),
    "cut": mark("cut short"),
    "running": mark("running now"),
}


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
        said = t(
            "{when}, {plan}{finished} done, {failed} failed, {state}",
            when=formatting.moment(night.started_at),
            plan=plan,
            finished=night.finished,
            failed=night.failed,
            state=t(_KINDS[kind]),
        )
        address = links.address("nights", night=night.night_id)
        boxes.append(
            safe_html.Html(
                f'<a class="rc-square rc-{kind}" tabindex="-1"'
                f' href="{safe_html.text(address)}" title="{safe_html.text(said)}"'
                f' aria-label="{safe_html.text(said)}"></a>'
            )
        )
    safe_html.show(safe_html.tag("div", *boxes, css="rc-squares"))
    safe_html.show(
        safe_html.tag(
            "p",
            safe_html.sentence(
                "Each square is a plan run, the newest on the right: {good} done {error} with"
                " failures {cut} cut short {running} running now",
                **{kind: safe_html.tag("span", css=f"rc-square rc-{kind}") for kind in _KINDS},
            ),
            css="rc-words",
        )
    )


def under_way() -> None:
    """Show plan runs in progress on this machine, and those that were killed."""
    for run in plan_runs.running(store().url):
        safe_html.note(
            "info",
            safe_html.sentence("{plan} is running.", plan=safe_html.tag("strong", run.plan)),
            t(
                "It started {when}; {progress} done. Process {pid} on {host}.",
                when=formatting.ago(run.started.replace(tzinfo=None)),
                progress=run.progress,
                pid=run.pid,
                host=run.host,
            ),
        )
    for run in plan_runs.killed(store().url)[-3:]:
        safe_html.note(
            "warning",
            safe_html.sentence("{plan} was killed.", plan=safe_html.tag("strong", run.plan)),
            t(
                "It started {when}; {progress} done. Finished jobs are stored; the next run"
                " of the plan does the others.",
                when=formatting.ago(run.started.replace(tzinfo=None)),
                progress=run.progress,
            ),
        )


def jobs_of(night: Any) -> str:
    """Return how many jobs of a plan run are done and failed, and whether it was cut short."""
    done = t("{finished} done, {failed} failed", finished=night.finished, failed=night.failed)
    became = state(night)
    return t(", ").join((done, t(_KINDS[became]))) if became in ("cut", "running") else done


def in_words(night: Any) -> str:
    """Return what a plan run did in one sentence."""
    parts = [jobs_of(night)]
    if night.restored:
        parts.append(t("{count} recovered from a run that died", count=night.restored))
    # A plan run that was killed left no report, so the number of skipped jobs is unknown.
    if not formatting.is_missing(night.kept):
        parts.append(t("{count:.0f} skipped because they have a result already", count=night.kept))
    return t(
        "{plan}, {when}: {jobs}; {time} of work.",
        plan=str(night.plan) if isinstance(night.plan, str) else t("a plan"),
        when=formatting.ago(night.started_at),
        jobs=t(", ").join(parts),
        time=formatting.duration(night.seconds),
    )


def failures(open_ones: pd.DataFrame) -> None:
    """List the jobs that failed and have not finished since, whichever plan run tried them."""
    for row in records(open_ones):
        subject = " · ".join(part for part in (row.checkpoint, row.task, row.evaluator) if part)
        tries = [t("It failed {count} times.", count=row.attempts)] if row.attempts > 1 else []
        safe_html.note(
            "error",
            safe_html.Html(
                safe_html.tag("strong", subject)
                + safe_html.text(f" {row.error_type}: ")
                + safe_html.text(row.error_text)
            ),
            sentences(
                t("Last tried {when}.", when=formatting.ago(row.started_at)),
                *tries,
                t("The next run of its plan tries it again."),
            ),
        )
        st.page_link(
            "screens/runs.py",
            label=t("Everything about this run"),
            icon=":material/arrow_forward:",
            query_params={"run": row.run_id},
        )


def what_ran(night_id: str) -> None:
    """Show what a plan run ran, the jobs of one forward pass in one row; a click opens them."""
    ran = read(queries.passes, night_id)
    if ran.empty:
        safe_html.note(
            "info", t("This plan run had nothing to run: every job had a result already.")
        )
        return
    total = formatting.duration(float(ran.seconds.sum()))
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "{runs} in {rows}, {total} of work. Runs that share one forward pass over a"
                " task stand in one row, since only their time together is known. Click a task to"
                " see its runs.",
                runs=nt("{count:,} run", "{count:,} runs", int(ran.runs.sum())),
                rows=nt("{count:,} row", "{count:,} rows", len(ran)),
                total=total,
            ),
            css="rc-words",
        )
    )
    names = row_names(ran, "task", "checkpoint", "evaluator")
    chosen = opening_table(
        pd.DataFrame(
            {
                "task": ran.task,
                "checkpoint": ran.checkpoint.where(ran.checkpoint != ""),
                "evaluator": ran.evaluator,
                "runs": ran.runs,
                "failed": ran.failed,
                "seconds": ran.seconds,
                "how": ran.shared.map({True: t("one forward pass")}),
                "memory": ran.peak_mb,
                "started": ran.started_at,
            }
        ).dropna(axis="columns", how="all"),
        names,
        "passes",
        click=("task", t("task")),
        of=night_id,
        beside=lambda: open_as_sql(sql_of(queries.passes, night_id)),
        hide_index=True,
        height=min(460, 38 + 35 * len(ran)),
        column_config={
            "seconds": st.column_config.NumberColumn(t("time, s"), format="%.1f"),
            "how": t("measured in"),
            "memory": st.column_config.NumberColumn(
                t("memory, MB"), format="%.0f", help=t("The process's largest memory until then")
            ),
            "started": st.column_config.DatetimeColumn(
                t("started (UTC)"), format="YYYY-MM-DD HH:mm"
            ),
        },
        alt=t("What this plan run ran"),
    )
    if chosen is not None:
        _runs_of(ran.iloc[chosen])


def _runs_of(row: pd.Series) -> None:
    """List the runs of one row as links."""
    from dashboard.queries import runs

    found = read(runs.labelled, tuple(row.run_ids))
    labels = formatting.told_apart(list(found.parameters))
    with st.container(border=True, gap=None):
        for run, label in zip(records(found), labels, strict=True):
            words = " · ".join(
                part for part in (run.task, label, t("seed {seed}", seed=run.seed)) if part
            )
            words = t("failed: {run}", run=words) if run.status == "failed" else words
            st.page_link(
                "screens/runs.py",
                label=safe_html.plain_label(words),
                query_params={"run": run.run_id},
            )
