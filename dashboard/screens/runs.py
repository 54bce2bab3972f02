"""The runs page: the log, and everything about one run."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, provenance, safe_html
from dashboard.formatting import asked
from dashboard.queries import overview, runs
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download

MOST = 1000
_COLUMNS = ("k", "aggregate", "subset")
ANY = "any"

safe_html.heading("Runs", "Which jobs ran, how long did they take, and which failed?")


def filters(choices: dict[str, list[str]]) -> tuple[str | None, ...]:
    """Show filters, and return their values; None means any."""
    places = st.columns(5)
    chosen: list[str | None] = []
    for place, name in zip(places, ("status", "evaluator", "task", "checkpoint"), strict=False):
        value = place.selectbox(
            name.capitalize(), [ANY, *choices[name]], key=f"run-{name}", bind="query-params"
        )
        chosen.append(None if value == ANY else value)
    nights = read(overview.nights, 100)
    names = {str(row.night_id): formatting.moment(row.started_at) for row in records(nights)}
    night = places[-1].selectbox(
        "Plan run",
        [ANY, *names],
        format_func=lambda name: names.get(name, name),
        key="run-night",
        bind="query-params",
    )
    return (*chosen, None if night == ANY else night)


def log_table(log: pd.DataFrame) -> None:
    """Show the log; a click on a row selects the run shown below."""
    columns = ["status", "task", "checkpoint", "evaluator", "seconds", "peak_mb", "per_second"]
    columns += ["started_at", "pooling", "whitening", "device", "generation", "is_canary"]
    columns += ["error_type", "error_text", "run_id"]

    def chosen() -> None:
        rows = st.session_state["log"].selection.rows
        if rows:
            name_run(str(log.run_id.iloc[rows[0]]))

    st.dataframe(
        log[columns].dropna(axis="columns", how="all"),
        hide_index=True,
        placeholder="",
        height=min(390, 38 + 35 * len(log)),
        on_select=chosen,
        selection_mode="single-row",
        key="log",
        column_config={
            "seconds": st.column_config.NumberColumn("duration, s", format="%.2f"),
            "peak_mb": st.column_config.NumberColumn("peak memory, MB", format="%.0f"),
            "per_second": st.column_config.NumberColumn("examples/s", format="%.0f"),
            "error_text": "error message",
            "generation": "attempt",
            "started_at": st.column_config.DatetimeColumn(
                "started (UTC)", format="YYYY-MM-DD HH:mm"
            ),
            "is_canary": st.column_config.CheckboxColumn("canary"),
            "error_type": "error",
            "run_id": "run",
        },
        alt="Runs, newest first",
    )


def name_run(run_id: str) -> None:
    """Put the run into the page's address, from which the page reads it."""
    st.query_params["run"] = run_id


def one_run(log: pd.DataFrame) -> None:
    """Show everything about the chosen run."""
    st.header("One run")
    st.caption("Click a row above or choose a run here. The address of this page links to the run.")
    labels = dict(zip(log.run_id, map(_label, records(log)), strict=True))
    requested = st.query_params.get("run", log.run_id.iloc[0])
    options = list(labels) if requested in labels else [requested, *labels]
    st.session_state["run"] = requested
    run_id = st.selectbox(
        "Run",
        options,
        key="run",
        on_change=lambda: name_run(st.session_state["run"]),
        format_func=lambda run_id: f"{labels.get(run_id, 'another run')} · {run_id[:8]}",
    )
    run_rows = read(runs.one, str(run_id))
    if not run_rows:
        safe_html.note("warning", f"The store has no run {run_id}.")
        return
    provenance.summary(run_rows["run"])
    provenance.prefect_link(run_rows["run"])
    scores = read(runs.scores_of, str(run_id))
    if len(scores):
        scores["variant"] = _differing(scores)
        st.dataframe(
            scores.dropna(axis="columns", how="all"),
            hide_index=True,
            placeholder="",
            height=min(300, 38 + 35 * len(scores)),
            column_config={
                name: st.column_config.NumberColumn(label, format="%.4g")
                for name, label in (
                    ("value", "value"),
                    ("ci_low", "95% from"),
                    ("ci_high", "95% to"),
                )
            },
            alt="Scores of this run, each in the unit of its metric",
        )
    provenance.details(run_rows)


def _differing(scores: pd.DataFrame) -> list[str | None]:
    """Return the parameters in which the numbers differ, without those in a column."""
    parts = [
        {name: value for name, value in formatting.plain_json(text).items() if name not in _COLUMNS}
        for text in scores.variant
    ]
    return [
        label or None for label in asked(["{}"] * len(parts), [json.dumps(own) for own in parts])
    ]


def _label(row: Any) -> str:
    parts = [row.status, row.task, row.checkpoint, row.pooling, row.whitening]
    return " · ".join(str(part) for part in parts if not formatting.is_missing(part) and part)


choices = read(runs.choices)
if not choices["status"]:
    safe_html.note("info", "No job has run yet. This command runs some:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    st.stop()
chosen = filters(choices)
log = read(runs.log, *chosen, MOST)
if log.empty:
    safe_html.note("info", "No run matches these filters.")
    st.stop()
total = read(runs.totals, *chosen)
cut = f", of which the newest {MOST:,} are listed" if total.runs > len(log) else ""
summary = f"{formatting.counted(int(total.runs), 'run')}{cut}, {int(total.failed)} failed;"
summary += f" {formatting.duration(total.seconds)} of work in total"
safe_html.show(safe_html.tag("p", summary, css="rc-question"))
log_table(log)
download(log, "runs")
one_run(log)
