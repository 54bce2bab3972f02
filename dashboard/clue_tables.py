"""The CLUE page's parts: ways of training beside each other, seeds paired, classes, all tasks."""

from __future__ import annotations

import json

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.confusion import confusion
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.palette import FOUND, HUMAN, REFUTED, STEADY, UP
from dashboard.queries import clue
from dashboard.reading import read
from dashboard.sheet import download

HEADLINES = ("accuracy", "entity_f1", "em_f1", "em", "f1", "macro_f1", "spearman")
"""Metrics in the order in which the first that a task has is shown."""

_FLOORS = ("tfidf", "constant", "all-positive")
_KINDS = {
    "fine-tuned": Mark(FOUND, "circle"),
    "frozen encoder": Mark(UP, "square"),
    "nothing trained": Mark(STEADY, "triangle-up"),
    "trained on another task": Mark(HUMAN, "diamond"),
}
_SIGNS = {
    "arm is higher": Mark(UP, "circle"),
    "arm is lower": Mark(REFUTED, "cross"),
    "no difference beyond chance": Mark(STEADY, "diamond"),
}
_TOLD = ("checkpoint", "mode", "head", "method", "post", "trained_on", "selection", "max_train")
_TOLD += ("epochs", "dtype")
_CONTENT = ("dataset_digest", "checkpoint_digest")


def summary(means: pd.DataFrame, metric: str) -> None:
    """Show the best way of training, the best floor, and how many there are."""
    best = means.iloc[0]
    floors = means[means["mode"].isin(_FLOORS)]
    tiles = [
        (
            f"Best {metric} ×100",
            words.number(best.value * 100),
            _name(best),
        ),
        ("Its 95% interval", _interval(best), _rests_on(best)),
    ]
    if len(floors):
        floor = floors.iloc[0]
        tiles.append(
            ("Without an encoder", words.number(floor.value * 100), f"{floor['mode']}: the floor")
        )
    else:
        tiles.append(("Ways of training", len(means), "checkpoint, head, method and the like"))
    inert.tiles(tiles, ["info", "plain", "plain"])


def ways(means: pd.DataFrame, metric: str) -> None:
    """Show every way of training with its interval, as a chart and as a table."""
    labels = told(means)
    drawn = means.head(MOST)
    points = pd.DataFrame(
        {
            "label": [
                f"{label} ({words.counted(int(row.seeds), 'seed')})"
                for label, row in zip(labels, drawn.itertuples(), strict=False)
            ],
            "value": drawn.value * 100,
            "low": drawn.ci_low * 100,
            "high": drawn.ci_high * 100,
            "kind": [_kind(row) for row in drawn.itertuples()],
        }
    )
    st.altair_chart(
        forest(points, f"{metric} ×100, 95% interval", _KINDS),
        width="stretch",
        alt=f"{metric} of every way of training",
    )
    st.caption(
        "The interval is that of the mean over seeds (Student's t); with one seed, that over the"
        " examples (bootstrap), which says nothing of another seed."
    )
    columns = ["checkpoint", "mode", "head", "method", "post", "trained_on", "value", "ci_low"]
    columns += ["ci_high", "seeds", "n", "selection", "max_train", "epochs", "dtype"]
    hundred = ("value", "ci_low", "ci_high")
    shown = means.assign(
        method=[_method(method) for method in means.method],
        **{name: means[name].astype(float) * 100 for name in hundred},
    )
    st.dataframe(
        shown[columns],
        hide_index=True,
        height=min(390, 38 + 35 * max(len(means), 1)),
        placeholder="",
        column_config={
            "value": st.column_config.NumberColumn(f"{metric} ×100", format="%.2f"),
            "ci_low": st.column_config.NumberColumn("95% from", format="%.2f"),
            "ci_high": st.column_config.NumberColumn("95% to", format="%.2f"),
            "n": st.column_config.NumberColumn("examples"),
            "trained_on": "trained on",
            "max_train": st.column_config.NumberColumn("training examples at most"),
        },
        alt=f"{metric} of every way of training",
    )
    download(means, "clue-scores")


def classes(means: pd.DataFrame) -> None:
    """Show the classes of one way of training: precision, recall, F1, what is taken for what."""
    with st.expander("Class by class"):
        labels = told(means)
        place = st.selectbox(
            "The newest run of", range(len(means)), format_func=labels.__getitem__, key="way"
        )
        run_id = str(means.run_id.iloc[place])
        found = read(clue.classes, run_id)
        if found.empty:
            inert.note("info", "No classes were kept for this run.")
        else:
            st.dataframe(
                found.assign(**{c: found[c] * 100 for c in ("precision", "recall", "f1")}),
                hide_index=True,
                column_config={
                    name: st.column_config.NumberColumn(f"{label} ×100", format="%.1f")
                    for name, label in (
                        ("precision", "precision"),
                        ("recall", "recall"),
                        ("f1", "F1"),
                    )
                }
                | {"gold": st.column_config.NumberColumn("examples")},
                alt="Precision, recall and F1 of every class",
            )
        counts = read(clue.confusions, run_id)
        if len(counts):
            st.altair_chart(
                confusion(counts), width="stretch", alt="Which class was taken for which"
            )
        st.page_link(
            "screens/runs.py",
            label="Everything about this run",
            icon=":material/history:",
            query_params={"run": run_id},
        )


def paired(arms: pd.DataFrame) -> None:
    """Show arms of one setting compared seed by seed: CLUE runs and small experiments alike."""
    st.subheader("Methods and heads, seed by seed")
    left, right = st.columns(2)
    named = list(dict.fromkeys(zip(arms.evaluator, arms.task, arms.metric, strict=True)))
    place = left.selectbox(
        "Experiment",
        range(len(named)),
        format_func=lambda i: " · ".join(map(str, named[i])),
        key="experiment",
    )
    evaluator, task, metric = named[place]
    here = arms[(arms.evaluator == evaluator) & (arms.task == task) & (arms.metric == metric)]
    bases = list(dict.fromkeys(here.base))
    first = next((i for i, base in enumerate(bases) if str(base).startswith("plain")), 0)
    base = right.selectbox("Compared with", bases, index=first, key=f"base-{place}")
    kept = here[here.base == base].reset_index(drop=True)
    settings = _telling(kept, ("setting", "checkpoint", "trained_on"))
    points = pd.DataFrame(
        {
            "label": [
                " · ".join(part for part in (str(row.arm), setting) if part)
                + f" ({words.counted(int(row.seeds), 'seed')})"
                for row, setting in zip(kept.itertuples(), settings, strict=True)
            ],
            "value": kept.difference,
            "low": kept.ci_low,
            "high": kept.ci_high,
            "kind": [_sign(row.ci_low, row.ci_high) for row in kept.itertuples()],
        }
    )
    st.altair_chart(
        forest(
            points.head(MOST),
            f"difference in {metric}, 95% interval",
            _SIGNS,
            against=0.0,
            against_label="no difference",
        ),
        width="stretch",
        alt="Differences between arms, paired by seed",
    )
    numbers = ("difference", "ci_low", "ci_high", "arm_mean", "base_mean")
    st.dataframe(
        kept.drop(columns=["evaluator", "task", "metric"]),
        hide_index=True,
        height=min(320, 38 + 35 * max(len(kept), 1)),
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(label, format="%.4g")
            for name, label in zip(
                numbers, ("arm less base", "95% from", "95% to", "arm", "base"), strict=True
            )
        },
        alt="Differences between arms, paired by seed",
    )
    download(here, "arm-differences")


def learned(floors: pd.DataFrame) -> None:
    """Show what was learned of each task beside what needs no model at all."""
    order = {metric: i for i, metric in enumerate(HEADLINES)}
    first = floors.assign(order=[order.get(m, len(order)) for m in floors.metric])
    first = first[first.order == first.groupby("task").order.transform("min")]
    if first.empty:
        return
    st.subheader("Is anything learned?")
    hundred = ("value", "floor_value", "difference", "error")
    shown = first.drop(columns=["order"]).assign(
        method=[_method(method) for method in first.method],
        **{name: first[name].astype(float) * 100 for name in hundred},
    )
    st.dataframe(
        shown,
        hide_index=True,
        height=min(390, 38 + 35 * len(shown)),
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(label, format=form)
            for name, label, form in (
                ("value", "score ×100", "%.2f"),
                ("floor_value", "floor ×100", "%.2f"),
                ("difference", "above it ×100", "%+.2f"),
                ("error", "standard error ×100", "%.2f"),
            )
        }
        | {"trained_on": "trained on"},
        alt="Scores beside the better of the constant predictions and TF-IDF",
    )
    st.caption(
        "The floor is the better of constant predictions and TF-IDF with a linear model. Above or"
        " below it means by two standard errors, over examples and seeds together."
    )


def across(tasks: pd.DataFrame) -> None:
    """Show the best of each checkpoint and mode on every task."""
    st.subheader("All tasks")
    order = {metric: i for i, metric in enumerate(HEADLINES)}
    first = tasks.assign(order=[order.get(m, len(order)) for m in tasks.metric])
    first = first[first.order == first.groupby("task").order.transform("min")]
    how = first["mode"] + first.transfer.map({True: ", trained on another task", False: ""})
    table = (
        first.assign(how=how, best=first.best * 100)
        .pivot_table(index=["checkpoint", "how"], columns="task", values="best", aggfunc="max")
        .reset_index()
    )
    st.dataframe(
        table,
        hide_index=True,
        placeholder="",
        column_config={
            name: st.column_config.NumberColumn(format="%.2f")
            for name in table.columns
            if name not in ("checkpoint", "how")
        },
        alt="The best of each checkpoint on every task",
    )
    metrics = first.drop_duplicates("task").sort_values("task")
    said = ", ".join(f"{row.task} {row.metric}" for row in metrics.itertuples())
    inert.show(
        inert.tag(
            "p", f"The best mean over seeds of any head and method, ×100: {said}.", css="rc-words"
        )
    )


def told(means: pd.DataFrame) -> list[str]:
    """Return what tells each way of training from the others."""
    shown = means.assign(
        method=[_method(method) for method in means.method],
        max_train=[_at_most(count) for count in means.max_train],
        epochs=["" if words.is_missing(e) else f"{int(e)} epochs" for e in means.epochs],
        trained_on=[f"on {t}" if t else "" for t in means.trained_on],
        post=["" if post == "none" else f"then {post}" for post in means.post],
    )
    labels = _telling(shown, _TOLD)
    return labels if len(set(labels)) == len(labels) else _telling(shown, _TOLD + _CONTENT)


def _telling(rows: pd.DataFrame, columns: tuple[str, ...]) -> list[str]:
    telling = [name for name in columns if rows[name].nunique(dropna=False) > 1]
    named = [
        " · ".join(
            str(getattr(row, name))[:8] if name in _CONTENT else str(getattr(row, name))
            for name in telling
            if not words.is_missing(getattr(row, name)) and getattr(row, name) != ""
        )
        for row in rows[list(columns)].itertuples()
    ]
    alone = [str(rows[name].iloc[0]) for name in columns[:2] if len(rows)]
    return [name or " · ".join(part for part in alone if part) for name in named]


def _method(method: str) -> str:
    """Return a method in words: its name and its options."""
    if not str(method).startswith("{"):
        return str(method)
    try:
        found = dict(json.loads(method))
    except (ValueError, TypeError):
        return str(method)
    options = " ".join(f"{k} {v}" for k, v in found.items() if k != "name")
    return f"{found.get('name', '')} {options}".strip()


def _at_most(count: float | None) -> str:
    return "" if words.is_missing(count) else f"{int(count):,} examples at most"


def _name(row: pd.Series) -> str:
    parts = [row.checkpoint, row["mode"], row["head"], _method(row.method)]
    return " · ".join(str(part) for part in parts if not words.is_missing(part) and part)


def _interval(row: pd.Series) -> str:
    if words.is_missing(row.ci_low) or words.is_missing(row.ci_high):
        return "–"
    return words.interval(row.ci_low * 100, row.ci_high * 100)


def _rests_on(row: pd.Series) -> str:
    seeds = words.counted(int(row.seeds), "seed")
    examples = "" if words.is_missing(row.n) else f", {words.counted(int(row.n), 'example')}"
    return f"{seeds}{examples}"


def _kind(row: tuple) -> str:
    if row.transfer:
        return "trained on another task"
    if row.mode in ("cosine", *_FLOORS):
        return "nothing trained"
    return "frozen encoder" if row.mode == "probe" else "fine-tuned"


def _sign(low: float | None, high: float | None) -> str:
    if words.is_missing(low) or words.is_missing(high) or low <= 0 <= high:
        return "no difference beyond chance"
    return "arm is higher" if low > 0 else "arm is lower"
