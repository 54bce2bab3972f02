"""Ways of training on a CLUE task, beside each other."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.drawing import draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.palette import FOUND, HUMAN, STEADY, UP
from dashboard.clue.told import interval, method_words, name, rests_on, told
from dashboard.folded import folded
from dashboard.sheet import download

HEADLINES = ("accuracy", "entity_f1", "em_f1", "em", "f1", "macro_f1", "spearman")
"""Metrics in the order in which the first that a task has is shown."""

FLOORS = ("tfidf", "constant", "all-positive")

_KINDS = {
    "fine-tuned": Mark(FOUND, "circle"),
    "frozen encoder": Mark(UP, "square"),
    "no encoder": Mark(STEADY, "triangle-up"),
    "trained on another task": Mark(HUMAN, "diamond"),
}


def summary(means: pd.DataFrame, metric: str) -> None:
    """Show the best way of training, the best floor, and how many there are."""
    best = means.iloc[0]
    floors = means[means["mode"].isin(FLOORS)]
    tiles = [
        (
            f"Best {metric} ×100",
            words.number(best.value * 100),
            name(best),
        ),
        ("Its 95% interval", interval(best), rests_on(best)),
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
    """Show every way of training with its interval, as a chart; as a table on demand."""
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
            "kind": [kind_of(row) for row in drawn.itertuples()],
        }
    )
    draw(
        forest(points, f"{metric} ×100, 95% interval", _KINDS),
        alternative=f"{metric} of every way of training",
    )
    st.caption(
        "The interval is that of the mean over seeds (Student's t); with one seed, that over the"
        " examples (bootstrap), which says nothing of another seed."
    )
    folded("The numbers of every way", lambda: _table(means, metric), key="ways")


def _table(means: pd.DataFrame, metric: str) -> None:
    columns = ["checkpoint", "mode", "head", "method", "post", "trained_on", "value", "ci_low"]
    columns += ["ci_high", "seeds", "n", "selection", "max_train", "epochs", "dtype"]
    hundred = ("value", "ci_low", "ci_high")
    shown = means.assign(
        method=[method_words(method) for method in means.method],
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


def kind_of(row: tuple) -> str:
    """Return what was trained, if anything."""
    if row.transfer:
        return "trained on another task"
    if row.mode in FLOORS:
        return "no encoder"
    return "frozen encoder" if row.mode in ("probe", "cosine") else "fine-tuned"
