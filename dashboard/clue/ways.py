"""Compare configurations of training on CLUE tasks with each other and baselines."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html, tables
from dashboard.charts.drawing import FOUND, HUMAN, STEADY, UP, draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.folded import folded
from dashboard.language import mark, nt, t
from dashboard.queries.frame import records
from dashboard.sheet import download

_NAMED_BY = (
    *("checkpoint", "mode", "head", "method", "post", "trained_on", "selection", "max_train"),
    *("epochs", "dtype"),
)
"""The columns that name a configuration of training, the most distinctive first."""

_CONTENT = ("dataset_digest", "checkpoint_digest")


def told(means: pd.DataFrame) -> list[str]:
    """Return a label for each configuration: the columns in which they differ."""
    displayed = means.assign(
        method=[method_words(method) for method in means.method],
        max_train=[_at_most(count) for count in means.max_train],
        epochs=[
            "" if formatting.is_missing(e) else t("{count} epochs", count=int(e))
            for e in means.epochs
        ],
        trained_on=[t("on {data}", data=data) if data else "" for data in means.trained_on],
        post=["" if post == "none" else t("then {post}", post=post) for post in means.post],
    )
    # Runs may differ in a rare parameter, such as the rate: then show the whole setting.
    for columns in (_NAMED_BY, (*_NAMED_BY, "setting")):
        labels = telling(displayed, columns)
        if len(set(labels)) == len(labels):
            return labels
    return telling(displayed, (*_NAMED_BY, "setting", *_CONTENT))


def telling(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    """Return a label for each row from the columns in which the rows differ."""
    differing = [name for name in columns if rows[name].nunique(dropna=False) > 1]
    named = [
        " · ".join(
            str(getattr(row, name))[:8] if name in _CONTENT else str(getattr(row, name))
            for name in differing
            if not formatting.is_missing(getattr(row, name)) and getattr(row, name) != ""
        )
        for row in records(rows[list(columns)])
    ]
    alone = [str(rows[name].iloc[0]) for name in columns[:2] if len(rows)]
    return [name or " · ".join(part for part in alone if part) for name in named]


def method_words(method: str) -> str:
    """Format a method: its name and its options."""
    if not str(method).startswith("{"):
        return str(method)
    try:
        options_of_method = dict(json.loads(method))
    except (ValueError, TypeError):
        return str(method)
    options = " ".join(f"{k} {v}" for k, v in options_of_method.items() if k != "name")
    return f"{options_of_method.get('name', '')} {options}".strip()


def _at_most(count: float | None) -> str:
    return "" if formatting.is_missing(count) else t("{count:,} examples at most", count=int(count))


def name(row: pd.Series) -> str:
    """Return the name of one configuration."""
    parts = [row.checkpoint, row["mode"], row["head"], method_words(row.method)]
    return " · ".join(str(part) for part in parts if not formatting.is_missing(part) and part)


def interval(row: pd.Series) -> str:
    """Format the interval of one configuration, ×100."""
    if formatting.is_missing(row.ci_low) or formatting.is_missing(row.ci_high):
        return "–"
    return formatting.interval(row.ci_low * 100, row.ci_high * 100)


def rests_on(row: pd.Series) -> str:
    """Return the numbers of seeds and examples behind a score."""
    if formatting.is_missing(row.n):
        return seeds_of(row)
    examples = nt("{count:,} example", "{count:,} examples", int(row.n))
    return t(", ").join((seeds_of(row), examples))


def seeds_of(row: Any) -> str:
    """Return the number of seeds of a row, in words."""
    return nt("{count:,} seed", "{count:,} seeds", int(row.seeds))


HEADLINES = ("accuracy", "entity_f1", "em_f1", "em", "f1", "macro_f1", "spearman")
"""Metrics in the order of preference: the first that a task has is shown."""

FLOORS = ("tfidf", "constant", "all-positive")

_KINDS = {
    mark("fine-tuned"): Mark(FOUND, "circle"),
    mark("frozen encoder"): Mark(UP, "square"),
    mark("no encoder"): Mark(STEADY, "triangle-up"),
    mark("trained on another task"): Mark(HUMAN, "diamond"),
}


def summary(means: pd.DataFrame, metric: str) -> None:
    """Show the best configuration and the best baseline without an encoder."""
    best = means.iloc[0]
    floors = means[means["mode"].isin(FLOORS)]
    tiles: list[tuple[str, object, str]] = [
        (
            t("Best {metric} ×100", metric=metric),
            formatting.number(best.value * 100),
            name(best),
        ),
        ("Its 95% interval", interval(best), rests_on(best)),
    ]
    if len(floors):
        floor = floors.iloc[0]
        tiles.append(
            (
                t("Without an encoder"),
                formatting.number(floor.value * 100),
                t("{baseline}, the best baseline", baseline=floor["mode"]),
            )
        )
    else:
        tiles.append((t("Configurations"), len(means), t("by checkpoint, head, method and so on")))
    safe_html.tiles(tiles, ["info", "plain", "plain"])


def ways(means: pd.DataFrame, metric: str) -> None:
    """Draw every configuration with its interval; offer the numbers as a table."""
    labels = told(means)
    drawn = means.head(MOST)
    points = pd.DataFrame(
        {
            "label": [
                f"{label} ({seeds_of(row)})"
                for label, row in zip(labels, records(drawn), strict=False)
            ],
            "value": drawn.value * 100,
            "low": drawn.ci_low * 100,
            "high": drawn.ci_high * 100,
            "kind": [kind_of(row) for row in records(drawn)],
        }
    )
    draw(
        forest(points, t("{metric} ×100, 95% interval", metric=metric), _KINDS),
        alternative=t("{metric} of every configuration", metric=metric),
    )
    st.caption(
        t(
            "The interval is that of the mean over seeds (Student's t). With one seed it is"
            " that over the examples (bootstrap), which does not cover the variation"
            " between seeds."
        )
    )
    folded(t("The numbers of every configuration"), lambda: _table(means, metric), key="ways")


def _table(means: pd.DataFrame, metric: str) -> None:
    columns = ["checkpoint", "mode", "head", "method", "post", "trained_on", "value", "ci_low"]
    columns += ["ci_high", "seeds", "n", "selection", "max_train", "epochs", "dtype"]
    hundred = ("value", "ci_low", "ci_high")
    scaled = means.assign(
        method=[method_words(method) for method in means.method],
        **{name: means[name].astype(float) * 100 for name in hundred},
    )
    tables.table(
        scaled[columns],
        hide_index=True,
        height=min(390, 38 + 35 * max(len(means), 1)),
        column_config={
            "value": st.column_config.NumberColumn(f"{metric} ×100", format="%.2f"),
            "ci_low": st.column_config.NumberColumn(t("95% from"), format="%.2f"),
            "ci_high": st.column_config.NumberColumn(t("95% to"), format="%.2f"),
            "n": st.column_config.NumberColumn(t("examples")),
            "trained_on": t("trained on"),
            "max_train": st.column_config.NumberColumn(t("training examples at most")),
        },
        alt=t("{metric} of every configuration", metric=metric),
    )
    download(means, "clue-scores")


def kind_of(row: Any) -> str:
    """Classify a configuration by which part was trained."""
    if row.transfer:
        return "trained on another task"
    if row.mode in FLOORS:
        return "no encoder"
    return "frozen encoder" if row.mode in ("probe", "cosine") else "fine-tuned"


def learned(floors: pd.DataFrame) -> None:
    """Compare the scores on each task with baselines that need no model."""
    order = {metric: i for i, metric in enumerate(HEADLINES)}
    first = floors.assign(order=[order.get(m, len(order)) for m in floors.metric])
    first = first[first.order == first.groupby("task").order.transform("min")]
    if first.empty:
        return
    st.header(t("Scores compared with the baseline"))
    hundred = ("value", "floor_value", "difference", "error")
    scaled = first.drop(columns=["order"]).assign(
        method=[method_words(method) for method in first.method],
        **{name: first[name].astype(float) * 100 for name in hundred},
    )
    tables.table(
        scaled,
        hide_index=True,
        height=min(390, 38 + 35 * len(scaled)),
        column_config={
            name: st.column_config.NumberColumn(label, format=form)
            for name, label, form in (
                ("value", t("score ×100"), "%.2f"),
                ("floor_value", t("baseline ×100"), "%.2f"),
                ("difference", t("score minus baseline ×100"), "%+.2f"),
                ("error", t("standard error ×100"), "%.2f"),
            )
        }
        | {"trained_on": t("trained on"), "floor": t("baseline")},
        alt=t("Scores beside the better of the constant predictions and TF-IDF"),
    )
    st.caption(
        t(
            "The baseline (floor) is the better of constant predictions and TF-IDF with a"
            " linear model. A score counts as above or below it if the difference exceeds"
            " two standard errors, over examples and seeds together."
        )
    )


def across(tasks: pd.DataFrame) -> None:
    """Show the best score of each checkpoint and mode on every task."""
    st.header(t("All tasks"))
    order = {metric: i for i, metric in enumerate(HEADLINES)}
    first = tasks.assign(order=[order.get(m, len(order)) for m in tasks.metric])
    first = first[first.order == first.groupby("task").order.transform("min")]
    mode = [
        t("{mode}, trained on another task", mode=row.mode) if row.transfer else row.mode
        for row in records(first)
    ]
    table = (
        first.assign(how=mode, best=first.best * 100)
        .pivot_table(index=["checkpoint", "how"], columns="task", values="best", aggfunc="max")
        .reset_index()
    )
    tables.table(
        table,
        hide_index=True,
        column_config={
            name: st.column_config.NumberColumn(format="%.2f")
            for name in table.columns
            if name not in ("checkpoint", "how")
        },
        alt=t("The best of each checkpoint on every task"),
    )
    metrics = first.drop_duplicates("task").sort_values("task")
    metrics_shown = ", ".join(f"{row.task} {row.metric}" for row in records(metrics))
    safe_html.show(
        safe_html.tag(
            "p",
            t(
                "Highest mean over seeds among all heads and methods, ×100: {metrics}.",
                metrics=metrics_shown,
            ),
            css="rc-words",
        )
    )
