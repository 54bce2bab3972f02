"""Show what was measured here of a model, and which weights it was."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.folded import folded
from dashboard.language import nt, t
from dashboard.opened import opening_table, row_names
from dashboard.queries import model_boards, model_runs
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.tables import table


def measured_here(digests: tuple[str, ...]) -> None:
    """Show the newest headline numbers of a model's checkpoints; a row leads to its run."""
    st.header(t("Measured here"))
    scores = read(model_runs.scores, digests) if digests else pd.DataFrame()
    if scores.empty:
        safe_html.note("info", t("Nothing was measured of this model. A plan that names it does:"))
        safe_html.code("rankcheck run PLAN")
        return
    by = scores.metric.map(formatting.times)
    shown = pd.DataFrame(
        {
            "evaluator": scores.evaluator,
            "task": scores.task,
            "metric": scores.metric,
            "unit": scores.metric.map(formatting.unit),
            "value": scores.value.astype(float) * by,
            "interval": [
                formatting.interval(low, high)
                for low, high in zip(scores.ci_low * by, scores.ci_high * by, strict=True)
            ],
            "what": _told_apart(scores),
            "when": scores.finished_at,
        }
    )
    names = row_names(shown, "evaluator", "task", "metric", "what")
    chosen = opening_table(
        shown,
        names,
        "measured-here",
        click=("evaluator", t("evaluator")),
        of=digests[0],
        hide_index=True,
        height=min(420, 38 + 35 * len(shown)),
        column_config={
            "value": st.column_config.NumberColumn(t("value"), format="%.4g"),
            "what": t("what it measured"),
            "when": st.column_config.DatetimeColumn(t("measured (UTC)"), format="YYYY-MM-DD HH:mm"),
        },
        alt=t("Numbers that were measured here; a ticked row leads to its run"),
    )
    if chosen is None:
        st.caption(t("Tick a row to open its run (key: Shift+Space)."))
    else:
        st.page_link(
            "screens/runs.py",
            label=t("Everything about this run"),
            icon=":material/arrow_forward:",
            query_params={"run": str(scores.run_id.iloc[chosen])},
        )
    open_as_sql(sql_of(model_runs.scores, digests))
    download(scores, "model-scores")
    _published(digests)


def _told_apart(scores: pd.DataFrame) -> list[str]:
    labels = dict.fromkeys(scores.index, "")
    for _, own in scores.groupby("evaluator", sort=False):
        told = formatting.told_apart(list(own.parameters))
        labels.update(zip(own.index, told, strict=True))
    return list(labels.values())


def _published(digests: tuple[str, ...]) -> None:
    """Show published numbers of the same checkpoints beside ours."""
    found = read(model_runs.published, digests)
    if found.empty:
        return

    def draw() -> None:
        number = st.column_config.NumberColumn
        table(
            found.drop(columns=["run_id"]),
            hide_index=True,
            column_config={
                "published": number(t("published"), format="%.4g"),
                "measured": number(t("measured"), format="%.4g"),
                "difference": number(t("difference"), format="%+.3g"),
                "matched_by": t("matched by"),
                "source": t("source"),
            },
            alt=t("Published numbers beside ours"),
        )

    count = nt(
        "{count} published number measured again",
        "{count} published numbers measured again",
        len(found),
    )
    folded(count, draw, key="published-again")


def provenance(checkpoints: pd.DataFrame, on: pd.DataFrame) -> None:
    """Show which weights were measured, and what boards state of the model.

    Args:
        checkpoints: The model's rows of `model_runs.checkpoints`.
        on: The model's rows of `model_boards.rows`.
    """
    st.header(t("Provenance"))
    pairs: list[tuple[object, object]] = []
    for row in records(checkpoints):
        pairs += [
            (t("checkpoint"), row.name),
            (t("source"), row.source),
            (t("revision"), row.resolved_revision or "–"),
            (t("content digest"), row.checkpoint_digest),
            (t("SHA-256 of the weights"), row.weights_sha256 or "–"),
            (t("size"), formatting.size(row.bytes)),
        ]
    boards = on.drop_duplicates("board_id")
    own = tuple((str(row.board_id), int(row.model_position)) for row in records(boards))
    for fact in records(read(model_boards.facts, own)) if own else ():
        pairs.append((f"{str(fact.fact).replace('_', ' ')} ({fact.board})", _fact(fact)))
    if pairs:
        safe_html.facts(pairs)
    else:
        safe_html.note("info", t("Nothing is known of its weights, and no board states any fact."))


def _fact(row: Any) -> str:
    if isinstance(row.text, str):
        value = row.text
    elif row.fact in ("open_weights", "instructions"):
        value = t("Yes") if row.number else t("No")
    else:
        value = f"{row.number:,.10g}"
    return value if formatting.is_missing(row.source) else f"{value} · {row.source}"
