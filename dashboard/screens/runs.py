"""The runs page: the log, and everything about one run."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, links, provenance, safe_html, tables
from dashboard.claims.words import short_name
from dashboard.folded import in_address
from dashboard.formatting import asked
from dashboard.lab import place_of
from dashboard.language import mark, nt, t
from dashboard.opened import opening_table, row_names
from dashboard.queries import overview, runs
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from evaluators.described import claims_on
from evaluators.sql_view import text_literal

MOST = 1000
_COLUMNS = ("k", "aggregate", "subset")
ANY = mark("any")
_STATES = (mark("finished"), mark("failed"))
_FILTERS = (mark("status"), mark("evaluator"), mark("task"), mark("checkpoint"))

safe_html.heading(t("Runs"), t("Which jobs ran, how long did they take, and which failed?"))


def filters(choices: dict[str, list[str]]) -> tuple[str | None, ...]:
    """Show filters, and return their values; None means any."""
    places = st.columns(5)
    chosen: list[str | None] = []
    for place, name in zip(places, _FILTERS, strict=False):
        offers = [ANY, *choices[name]]
        value = place.selectbox(
            t(name).capitalize(), offers, **in_address(f"run-{name}", offers, ANY, _word)
        )
        chosen.append(None if value == ANY else value)
    newest = read(overview.nights, 100)
    names = {str(row.night_id): formatting.moment(row.started_at) for row in records(newest)}
    night = places[-1].selectbox(
        t("Plan run"),
        [ANY, *names],
        **in_address("run-night", [ANY, *names], ANY, lambda name: names.get(name) or t(name)),
    )
    return (*chosen, None if night == ANY else night)


def _word(name: str) -> str:
    return t(name) if name in (ANY, *_STATES) else name


def log_table(log: pd.DataFrame) -> None:
    """Show the log; a click on a row opens the run below."""
    columns = ["status", "task", "what", "checkpoint", "evaluator", "time", "peak_mb"]
    columns += ["per_second", "started_at", "device", "generation", "is_canary"]
    columns += ["error_type", "error_text", "run_id"]

    def open_run(place: int) -> None:
        name_run(str(log.run_id.iloc[place]))

    shown = log.assign(
        task=log.task.replace("", "–"),
        what=told_apart(log),
        status=log.status.map(t),
        time=[took(row) for row in records(log)],
    )
    names = row_names(shown, "task", "what", "checkpoint", "evaluator")
    opening_table(
        shown[columns].dropna(axis="columns", how="all"),
        names,
        "log",
        click=("task", t("task")),
        open_row=open_run,
        hide_index=True,
        height=min(390, 38 + 35 * len(log)),
        column_config={
            "what": t("what it measured"),
            "time": st.column_config.TextColumn(
                t("time"),
                help=t(
                    "Runs that share one forward pass have one time together: the first of them"
                    " would have nearly all of it."
                ),
            ),
            "peak_mb": st.column_config.NumberColumn(
                t("memory, MB"), format="%.0f", help=t("The process's largest memory until then")
            ),
            "per_second": st.column_config.NumberColumn(
                t("examples/s"),
                format="%.0f",
                help=t("Of the whole pass where several runs share it"),
            ),
            "error_text": t("error message"),
            "generation": t("attempt"),
            "started_at": st.column_config.DatetimeColumn(
                t("started (UTC)"), format="YYYY-MM-DD HH:mm"
            ),
            "is_canary": st.column_config.CheckboxColumn(t("control run")),
            "error_type": t("error"),
            "run_id": t("run"),
        },
        alt=t("Runs, newest first"),
    )


def told_apart(log: pd.DataFrame) -> list[str]:
    """Return what tells runs of one evaluator apart: the parameters that differ, and the seed."""
    labels = [""] * len(log)
    for evaluator in set(log.evaluator):
        places = [i for i, own in enumerate(log.evaluator) if own == evaluator]
        for i, label in zip(
            places, formatting.told_apart(list(log.parameters.iloc[places])), strict=True
        ):
            labels[i] = label
    seeds = [
        " · " + t("seed {seed}", seed=seed) if seed else ""
        for seed in log.seed.fillna(0).astype(int)
    ]
    return [f"{label}{seed}".strip(" ·") for label, seed in zip(labels, seeds, strict=True)]


def took(row: Any) -> str:
    """Return how long a run took; of several in one forward pass, how long all of them took."""
    if row.pass_runs > 1:
        return t(
            "{time}, shared by {runs} runs",
            time=formatting.duration(row.pass_seconds),
            runs=row.pass_runs,
        )
    return formatting.duration(row.seconds)


def name_run(run_id: str) -> None:
    """Put the run into the page's address, from which the page reads it."""
    st.query_params["run"] = run_id


def one_run(run_id: str) -> None:
    """Show everything about the chosen run, and where its numbers are used."""
    run_rows = read(runs.one, run_id)
    if not run_rows:
        links.say_missing(mark("run"), run_id)
        return
    run = run_rows["run"]
    subject = " · ".join(str(part) for part in (run["task"], run["checkpoint"]) if part)
    st.header(t("One run"))
    safe_html.show(safe_html.tag("p", subject, css="rc-claim"))
    safe_html.name_tab(f"{subject} · {t('Run')}")
    provenance.summary(run)
    used_in(run)
    provenance.prefect_link(run)
    scores = read(runs.scores_of, run_id)
    if len(scores):
        scores["variant"] = _differing(scores)
        tables.table(
            scores.dropna(axis="columns", how="all"),
            hide_index=True,
            height=min(300, 38 + 35 * len(scores)),
            column_config={
                name: st.column_config.NumberColumn(label, format="%.4g")
                for name, label in (
                    ("value", t("value")),
                    ("ci_low", t("95% from")),
                    ("ci_high", t("95% to")),
                )
            },
            alt=t("Scores of this run, each in the unit of its metric"),
        )
    provenance.details(run_rows)


def used_in(run: dict[str, Any]) -> None:
    """Link to the pages that show the numbers of a run."""
    evaluator = str(run["evaluator"])
    query = f"SELECT * FROM scores WHERE run_id = {text_literal(str(run['run_id']))}"  # noqa: S608
    with st.container(horizontal=True, key="used-in"):
        page, chosen = place_of(evaluator)
        st.page_link(
            page, label=t("Its scores in the lab"), icon=":material/science:", query_params=chosen
        )
        if evaluator == "sts":
            st.page_link(
                "screens/leaderboards.py",
                label=t("The board measured here"),
                icon=":material/leaderboard:",
                query_params={"board": "measured-sts"},
            )
        st.page_link(
            "screens/nights.py",
            label=t("Its night"),
            icon=":material/history:",
            query_params={"night": str(run["night_id"])},
        )
        st.page_link(
            "screens/sql.py", label="SQL", icon=":material/terminal:", query_params={"sql": query}
        )
        for claim in claims_on(evaluator):
            st.page_link(
                "screens/claims.py",
                label=safe_html.plain_label(t("Claim: {claim}", claim=short_name(claim))),
                icon=":material/gavel:",
                query_params={"claim": claim},
            )


def _differing(scores: pd.DataFrame) -> list[str | None]:
    """Return the parameters in which the numbers differ, without those in a column."""
    parts = [
        {name: value for name, value in formatting.plain_json(text).items() if name not in _COLUMNS}
        for text in scores.variant
    ]
    return [
        label or None for label in asked(["{}"] * len(parts), [json.dumps(own) for own in parts])
    ]


choices = read(runs.choices)
if not choices["status"]:
    safe_html.note("info", t("No job has run yet. This command runs some:"))
    safe_html.code("rankcheck run plans/quickstart.yaml")
    st.stop()
chosen = filters(choices)
log = read(runs.log, *chosen, MOST)
if log.empty:
    safe_html.note("info", t("No run matches these filters."))
    st.stop()
total = read(runs.totals, *chosen)
count = nt("{count:,} run", "{count:,} runs", int(total.runs))
if total.runs > len(log):
    count = t("{runs}, of which the newest {most:,} are listed", runs=count, most=MOST)
summary = t(
    "{runs}, {failed} failed; {time} of work in total. Click a task to open its run.",
    runs=count,
    failed=int(total.failed),
    time=formatting.duration(total.seconds),
)
wanted = st.query_params.get("run")
if wanted is not None:
    one_run(wanted)
    st.header(t("All runs"))
safe_html.show(safe_html.tag("p", summary, css="rc-words"))
log_table(log)
download(log, "runs")
