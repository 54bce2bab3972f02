"""What ran, how long, where and with what; and what went wrong?"""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, provenance, words
from dashboard.queries import runs
from dashboard.reading import read
from dashboard.sheet import download

MOST = 1000
ANY = "any"

inert.heading("Runs", "What ran, how long, where and with what; and what went wrong?")


def filtered(choices: dict[str, list[str]]) -> pd.DataFrame:
    """Show the filters and return the runs that pass them."""
    places = st.columns(4)
    chosen = {}
    for place, name in zip(places, ("status", "evaluator", "task", "checkpoint"), strict=True):
        value = place.selectbox(
            name.capitalize(), [ANY, *choices[name]], key=f"run-{name}", bind="query-params"
        )
        chosen[name] = None if value == ANY else value
    return read(
        runs.log,
        chosen["status"],
        chosen["evaluator"],
        chosen["task"],
        chosen["checkpoint"],
        None,
        MOST,
    )


def log_table(log: pd.DataFrame) -> None:
    """Show the log; a click on a row chooses the run below."""
    columns = ["status", "task", "checkpoint", "pooling", "whitening", "seconds", "started_at"]
    columns += ["evaluator", "device", "generation", "is_canary", "error_type", "run_id"]

    def chosen() -> None:
        rows = st.session_state["log"].selection.rows
        if rows:
            name_run(str(log.run_id.iloc[rows[0]]))

    st.dataframe(
        log[columns],
        hide_index=True,
        height=min(390, 38 + 35 * len(log)),
        on_select=chosen,
        selection_mode="single-row",
        key="log",
        column_config={
            "seconds": st.column_config.NumberColumn("seconds", format="%.2f"),
            "started_at": st.column_config.DatetimeColumn("began (UTC)", format="YYYY-MM-DD HH:mm"),
            "is_canary": st.column_config.CheckboxColumn("canary"),
            "error_type": "error",
            "run_id": "run",
        },
        alt="Runs, newest first",
    )


def name_run(run_id: str) -> None:
    """Put the run into the page's address, which is where the page looks for it."""
    st.query_params["run"] = run_id


def one_run(log: pd.DataFrame) -> None:
    """Show everything about the chosen run."""
    st.subheader("One run")
    st.caption("Click a row above, or choose here. The address of this page then names the run.")
    labels = dict(zip(log.run_id, map(_label, log.itertuples()), strict=True))
    wanted = st.query_params.get("run", log.run_id.iloc[0])
    options = list(labels) if wanted in labels else [wanted, *labels]
    st.session_state["run"] = wanted
    run_id = st.selectbox(
        "Run",
        options,
        key="run",
        on_change=lambda: name_run(st.session_state["run"]),
        format_func=lambda run_id: f"{labels.get(run_id, 'another run')} · {run_id[:8]}",
    )
    found = read(runs.one, str(run_id))
    if not found:
        inert.note("warning", f"The store has no run {run_id}.")
        return
    provenance.summary(found["run"])
    scores = read(runs.scores_of, str(run_id))
    if len(scores):
        st.dataframe(
            scores.drop(columns=["variant"]),
            hide_index=True,
            placeholder="",
            height=min(300, 38 + 35 * len(scores)),
            column_config={
                name: st.column_config.NumberColumn(label, format="%.4f")
                for name, label in (
                    ("value", "value"),
                    ("ci_low", "95% from"),
                    ("ci_high", "95% to"),
                )
            },
            alt="The numbers of this run, in the metric's own unit",
        )
    provenance.details(found)


def _label(row: tuple) -> str:
    parts = [row.status, row.task, row.checkpoint, row.pooling, row.whitening]
    return " · ".join(str(part) for part in parts if not words.is_missing(part) and part)


choices = read(runs.choices)
if not choices["status"]:
    inert.note("info", "Nothing has run yet. This runs something:")
    st.code("rankcheck run plans/quickstart.yaml", language="bash")
    st.stop()
log = filtered(choices)
if log.empty:
    inert.note("info", "No run passes these filters.")
    st.stop()
cut = f"the newest {MOST:,} runs that pass" if len(log) == MOST else words.counted(len(log), "run")
failed = int((log.status == "failed").sum())
inert.show(inert.tag("p", f"{cut}, {failed} of them failed", css="rc-question"))
log_table(log)
download(log, "runs")
one_run(log)
