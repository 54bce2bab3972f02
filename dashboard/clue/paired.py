"""The tab "Methods and heads": arms compared seed by seed, and results by class."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import safe_html, tables
from dashboard.as_sql import open_as_sql, sql_of
from dashboard.charts.confusion import confusion
from dashboard.charts.drawing import draw
from dashboard.charts.forest import MOST, forest
from dashboard.clue.ways import seeds_of, telling, told
from dashboard.folded import folded
from dashboard.language import t
from dashboard.queries import clue
from dashboard.queries.frame import records
from dashboard.reading import read
from dashboard.sheet import download
from dashboard.signs import MARKS, sign


def paired(arms: pd.DataFrame) -> None:
    """Compare the arms of one setting seed by seed."""
    st.header(t("Methods and heads, seed by seed"))
    st.caption(
        t(
            "An arm is one variant within an experiment, such as a method or a head. Two"
            " arms of the same setting are compared over the seeds that both have."
        )
    )
    left, right = st.columns(2)
    named = list(dict.fromkeys(zip(arms.evaluator, arms.task, arms.metric, strict=True)))
    place = left.selectbox(
        t("Experiment"),
        range(len(named)),
        format_func=lambda i: " · ".join(map(str, named[i])),
        key="experiment",
    )
    evaluator, task, metric = named[place]
    of_experiment = arms[
        (arms.evaluator == evaluator) & (arms.task == task) & (arms.metric == metric)
    ]
    bases = list(dict.fromkeys(of_experiment.base))
    first = next((i for i, base in enumerate(bases) if str(base).startswith("plain")), 0)
    base = right.selectbox(t("Compared with"), bases, index=first, key=f"base-{place}")
    with_base = of_experiment[of_experiment.base == base].reset_index(drop=True)
    settings = telling(with_base, ("setting", "checkpoint", "trained_on"))
    points = pd.DataFrame(
        {
            "label": [
                " · ".join(part for part in (str(row.arm), setting) if part) + f" ({seeds_of(row)})"
                for row, setting in zip(records(with_base), settings, strict=True)
            ],
            "value": with_base.difference,
            "low": with_base.ci_low,
            "high": with_base.ci_high,
            "kind": [sign(row.ci_low, row.ci_high) for row in records(with_base)],
        }
    )
    draw(
        forest(
            points.head(MOST),
            t("difference in {metric}, 95% interval", metric=metric),
            MARKS,
            against=0.0,
            against_label=t("no difference"),
        ),
        alternative=t("Differences between arms, paired by seed"),
    )
    folded(t("The numbers of every pair"), lambda: _table(with_base, of_experiment), key="arms")


def _table(with_base: pd.DataFrame, of_experiment: pd.DataFrame) -> None:
    numbers = ("difference", "ci_low", "ci_high", "arm_mean", "base_mean")
    tables.table(
        with_base.drop(columns=["evaluator", "task", "metric"]),
        hide_index=True,
        height=min(320, 38 + 35 * max(len(with_base), 1)),
        column_config={
            name: st.column_config.NumberColumn(label, format="%.4g")
            for name, label in zip(
                numbers,
                (
                    t("arm minus base"),
                    t("95% from"),
                    t("95% to"),
                    t("arm"),
                    t("base"),
                ),
                strict=True,
            )
        },
        alt=t("Differences between arms, paired by seed"),
    )
    download(of_experiment, "arm-differences")


def classes(means: pd.DataFrame) -> None:
    """Show precision, recall, F1 and confusions of the classes of one configuration."""
    labels = told(means)
    place = st.selectbox(
        t("Newest run of"), range(len(means)), format_func=labels.__getitem__, key="way"
    )
    run_id, post = str(means.run_id.iloc[place]), str(means.post.iloc[place])
    by_class = read(clue.classes, run_id, post)
    if by_class.empty:
        safe_html.note("info", t("No results by class are stored for this run."))
    else:
        tables.table(
            by_class.assign(**{c: by_class[c] * 100 for c in ("precision", "recall", "f1")}),
            hide_index=True,
            column_config={
                name: st.column_config.NumberColumn(f"{label} ×100", format="%.1f")
                for name, label in (
                    ("precision", t("precision (of a class)")),
                    ("recall", t("recall")),
                    ("f1", "F1"),
                )
            }
            | {"gold": st.column_config.NumberColumn(t("examples"))},
            alt=t("Precision, recall and F1 of every class"),
        )
        open_as_sql(sql_of(clue.classes, run_id, post))
    counts = read(clue.confusions, run_id, post)
    if len(counts):
        draw(confusion(counts), alternative=t("Confusion matrix of the classes"))
    st.page_link(
        "screens/runs.py",
        label=t("Everything about this run"),
        icon=":material/history:",
        query_params={"run": run_id},
    )
