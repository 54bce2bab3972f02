"""The tab "Published": published numbers beside ours, their verdicts, and MTEB's means."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from dashboard import safe_html, tables
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.folded import several_in_address
from dashboard.language import mark, t
from dashboard.queries import sts
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.sts.choice import OWN, choose_prompt, choose_setting, say_prompt
from dashboard.sts.prompt_names import Prompts

CELLS = (mark("confirmed"), mark("missed"), mark("not measured"), mark("not testable"))
"""What became of a published cell."""


def published(prompts: Prompts) -> None:
    """Show published and measured scores, what became of each cell, and MTEB's means."""
    _scores(read(sts.published), prompts)
    _cells(read(sts.published_cells))
    _averages(read(sts.averages), prompts)


def _scores(rows: pd.DataFrame, prompts: Prompts) -> None:
    """Show a table of published and measured scores."""
    st.header(t("Published and measured scores"))
    if rows.empty:
        safe_html.note("info", t("No measured score has a published number to compare with."))
        return
    per_cent = 100 / rows.unit_max
    beside = pd.DataFrame(
        {
            "checkpoint": rows.checkpoint,
            "task": rows.task,
            "metric": rows.metric,
            "published": (rows.published * per_cent).round(6),
            "measured": (rows.measured * per_cent).round(6),
            "difference": (rows.difference * per_cent).round(3) + 0.0,
            **_prompt_column(rows, prompts),
            "pooling": rows.pooling,
            "whitening": rows.whitening,
            "matched_by": rows.matched_by,
            "source": rows.source,
        }
    )
    tables.table(
        beside,
        hide_index=True,
        height=min(420, 38 + 35 * len(beside)),
        column_config={**_numbers(), "matched_by": t("matched by")},
        alt=t("Published and measured scores"),
    )
    open_as_sql(sql_of(sts.published))
    download(beside, "published-vs-measured")


def _cells(rows: pd.DataFrame) -> None:
    """Show how many published cells are confirmed, and which of them are not."""
    if rows.empty:
        return
    st.header(t("Every published cell"))
    n = rows.verdict.value_counts()
    st.markdown(
        t(
            "Of {count:,} published cells measurements here confirm {confirmed:,} and miss"
            " {missed:,}; {unmeasured:,} are not measured, and {untestable:,} cannot be.",
            count=len(rows),
            confirmed=n.get("confirmed", 0),
            missed=n.get("missed", 0),
            unmeasured=n.get("not measured", 0),
            untestable=n.get("not testable", 0),
        )
    )
    only = st.multiselect(
        t("Verdict"),
        sorted(n.index),
        **several_in_address("only-verdict", sorted(n.index)),
        placeholder=t("all"),
    )
    shown = rows[rows.verdict.isin(only or n.index)]
    per_cent = 100 / shown.unit_max.astype(float)
    cells = shown.drop(columns=["unit_max"]).assign(
        verdict=shown.verdict.map(t),
        **{
            name: (shown[name].astype(float) * per_cent).round(6)
            for name in ("published", "measured", "difference")
        },
    )
    tables.table(
        cells,
        hide_index=True,
        height=min(420, 38 + 35 * max(len(cells), 1)),
        column_config={**_numbers(), "collection": t("list")},
        alt=t("Published scores with their verdicts"),
    )
    open_as_sql(sql_of(sts.published_cells))
    download(cells, "published-cells")


def _averages(rows: pd.DataFrame, prompts: Prompts) -> None:
    """Show our means over the tasks of a type of MTEB's benchmarks, the missing tasks named."""
    st.header(t("MTEB's means"))
    if rows.empty:
        safe_html.note(
            "info",
            t(
                "MTEB's means need its boards in the store, and a score on one of their tasks."
                " This plan has both:"
            ),
        )
        safe_html.code("rankcheck run plans/english-sts.yaml")
        return
    # A mean over tasks with a prompt each is named by what chose them, which is no text of a score.
    prompts = prompts._replace(names={name: name for name in rows.prompt} | {**prompts.names})
    # What a mean is of, is to own() what a task is to a score.
    each = rows.assign(task=rows.board + rows.type)
    rows, chosen = choose_prompt(choose_setting(each), prompts)
    rows = rows.sort_values(
        ["board", "type", "measured_tasks", "average"], ascending=[True, True, False, False]
    )
    tables.table(
        pd.DataFrame(
            {
                "board": rows.board,
                "type": rows.type,
                "checkpoint": rows.checkpoint,
                "measured_tasks": [
                    t("{agree:,} of {compared:,}", agree=row.measured_tasks, compared=row.tasks)
                    for row in records(rows)
                ],
                "measured": rows.average.astype(float) * 100,
                "published": rows.published.astype(float) * 100,
                "difference": rows.difference.astype(float) * 100,
                **(_prompt_column(rows, prompts) if chosen == OWN else {}),
                "missing": rows.missing,
            }
        ),
        hide_index=True,
        height=min(420, 38 + 35 * len(rows)),
        column_config={
            **_numbers(),
            "measured_tasks": t("tasks measured"),
            "missing": t("tasks that are missing"),
        },
        alt=t("Means over the tasks of a type of MTEB's benchmarks"),
    )
    st.caption(
        t(
            "A mean is shown once every task of the type is measured in one setting; the"
            " last column names those that are missing. Published is the mean of MTEB's"
            " scores for the model of the same name."
        )
    )
    say_prompt(chosen)
    open_as_sql(sql_of(sts.averages))
    download(rows.drop(columns=["task"]), "mteb-averages")


def _prompt_column(rows: pd.DataFrame, prompts: Prompts) -> dict[str, list[str]]:
    """Return a column with names of prompts, if one was put before sentences anywhere."""
    texts = rows.prompt.fillna("")
    if not texts.any():
        return {}
    digests = rows.checkpoint_digest
    return {"prompt": [prompts.label(*pair) for pair in zip(texts, digests, strict=True)]}


def _numbers() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "published": number(t("published ×100"), format="%.2f"),
        "measured": number(t("measured ×100"), format="%.2f"),
        "difference": number(t("difference ×100"), format="%+.3f"),
    }
