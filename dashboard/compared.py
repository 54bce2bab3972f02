"""The compare page's tables and charts: both sides, their difference, its paired interval."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.asked import asked
from dashboard.charts.forest import Mark, forest
from dashboard.charts.palette import REFUTED, STEADY, UP
from dashboard.charts.sides import sides
from dashboard.queries import compare
from dashboard.reading import read
from dashboard.sheet import download

MOST = 40
"""As many rows are drawn; the table has all."""

HIGHER, LOWER = "the right side is higher", "the right side is lower"
UNSURE = "no difference beyond chance"
ONE = "one number a side"
_MARKS = {
    HIGHER: Mark(UP, "circle"),
    LOWER: Mark(REFUTED, "cross"),
    UNSURE: Mark(STEADY, "diamond"),
    ONE: Mark(STEADY, "square"),
}


def checkpoints(rows: pd.DataFrame, left: str, right: str) -> None:
    """Show two checkpoints on the tasks that both were measured on.

    Args:
        rows: As `dashboard.queries.compare.sides` returns them.
        left: What the left checkpoint is called.
        right: What the right one is called.
    """
    chosen = _one_question(rows)
    task = chosen.groupby("task", as_index=False, sort=True).agg(
        dict.fromkeys(_NUMBERS, "mean") | {"seed": "count"}
    )
    over = read(compare.paired, ("all",) * len(task), tuple(map(float, task.difference)))
    _summary(over.iloc[0], task, left, right, "task")
    _both(task.assign(label=task.task), left, right)
    _seeds(chosen)
    _table(task.rename(columns={"seed": "seeds"}), left, right, ["task"])
    download(chosen, "compare-checkpoints")


def nights(rows: pd.DataFrame, left: str, right: str) -> None:
    """Show what differs between the ends of two nights.

    Args:
        rows: As `dashboard.queries.compare.nights` returns them.
        left: What the left night is called.
        right: What the right one is called.
    """
    both = rows[rows.left_value.notna() & rows.right_value.notna()]
    new = int(rows.left_value.isna().sum())
    gone = int(rows.right_value.isna().sum())
    beyond = int(_beyond(both).sum())
    inert.tiles(
        [
            ("Measured again", len(both), "the same question, another run"),
            ("Beyond its interval", beyond, "the right number outside the left one's"),
            (
                "New",
                new,
                f"and {gone} that only the left side has" if gone else "only on the right",
            ),
        ],
        ["info", "warning" if beyond else "good", "plain"],
    )
    if rows.empty:
        inert.note(
            "good", "Nothing differs: every question stands with the same run on both sides."
        )
        return
    if len(both):
        metrics = list(both.metric.value_counts().index)
        metric = st.selectbox("Metric", metrics, key="night-metric")
        kept = both[both.metric == metric].reset_index(drop=True)
        over = read(compare.paired, ("all",) * len(kept), tuple(map(float, kept.difference)))
        _summary(over.iloc[0], kept, left, right, "question")
        told = asked(list(kept.asked), list(kept.variant))
        labels = [
            " · ".join(part for part in (row.task, row.checkpoint, more) if part)
            for row, more in zip(kept.itertuples(), told, strict=True)
        ]
        _both(kept.assign(label=labels), left, right)
    told = asked(list(rows.asked), list(rows.variant))
    columns = ["task", "checkpoint", "metric", "asked", "changed"]
    _table(rows.assign(asked=told), left, right, columns)
    download(rows, "compare-nights")


_NUMBERS = (
    *("left_value", "left_low", "left_high", "right_value", "right_low", "right_high"),
    "difference",
)


def _one_question(rows: pd.DataFrame) -> pd.DataFrame:
    """Let people choose a metric and parameters; return the rows of that one question."""
    left, right = st.columns([1, 2])
    kinds = rows.groupby(["evaluator", "metric"], sort=False).task.nunique()
    named = [f"{evaluator}: {metric}" for evaluator, metric in kinds.index]
    first = max(range(len(named)), key=lambda i: (kinds.iloc[i], kinds.index[i][1] == "spearman"))
    place = left.selectbox(
        "Metric", range(len(named)), index=first, format_func=named.__getitem__, key="kind"
    )
    evaluator, metric = kinds.index[place]
    kept = rows[(rows.evaluator == evaluator) & (rows.metric == metric)]
    questions = kept.drop_duplicates(["asked", "variant", "dtype"])
    told = asked(list(questions.asked), list(questions.variant))
    chosen = questions.iloc[
        right.selectbox(
            "Parameters",
            range(len(questions)),
            format_func=lambda i: told[i] or "as the plan says",
            key=f"asked-{place}",
        )
    ]
    same = (kept.asked == chosen.asked) & (kept.variant == chosen.variant)
    return kept[same & (kept["dtype"] == chosen["dtype"])]


def _summary(over: pd.Series, rows: pd.DataFrame, left: str, right: str, unit: str) -> None:
    span = words.span(over.ci_low, over.ci_high)
    wins = int((rows.difference > 0).sum())
    losses = int((rows.difference < 0).sum())
    none = "one pair has no interval" if over.pairs < 2 else "none: all differences are equal"
    inert.tiles(
        [
            ("Mean difference", words.figure(over.difference), f"{right} less {left}"),
            (
                "Its 95% interval, paired",
                span,
                f"Student's t over {words.counted(int(over.pairs), unit)}" if span != "–" else none,
            ),
            ("Right higher, lower", f"{wins}, {losses}", f"of {words.counted(len(rows), unit)}"),
        ],
        ["info", "good" if _sign(over.ci_low, over.ci_high) != UNSURE else "plain", "plain"],
    )


def _both(rows: pd.DataFrame, left: str, right: str) -> None:
    drawn = rows.head(MOST)
    points = pd.DataFrame({"label": drawn.label})
    for side in ("left", "right"):
        points[side] = drawn[f"{side}_value"]
        points[f"{side}_low"], points[f"{side}_high"] = drawn[f"{side}_low"], drawn[f"{side}_high"]
    st.altair_chart(
        sides(points, "score with its own 95% interval", f"left: {left}", f"right: {right}"),
        width="stretch",
        alt="Both sides with their intervals",
    )
    if len(rows) > MOST:
        st.caption(f"Drawn are the first {MOST} of {len(rows)}; the table has all.")


def _seeds(chosen: pd.DataFrame) -> None:
    """Show each task's difference with its paired interval over seeds, where there are seeds."""
    if chosen.groupby("task").size().max() < 2:
        st.caption(
            "One number a side and task: the store keeps no answer to a single pair, so the paired"
            " interval is that over tasks. The bars are each side's own."
        )
        return
    over = read(compare.paired, tuple(map(str, chosen.task)), tuple(map(float, chosen.difference)))
    points = pd.DataFrame(
        {
            "label": [f"{row.what} ({row.pairs} seeds)" for row in over.itertuples()],
            "value": over.difference,
            "low": over.ci_low,
            "high": over.ci_high,
            "kind": [
                ONE if row.pairs < 2 else _sign(row.ci_low, row.ci_high)
                for row in over.itertuples()
            ],
        }
    )
    st.subheader("Seed by seed")
    st.altair_chart(
        forest(
            points.head(MOST),
            "difference, paired by seed, 95% interval",
            _MARKS,
            against=0.0,
            against_label="no difference",
        ),
        width="stretch",
        alt="Differences paired by seed",
    )


def _sign(low: float | None, high: float | None) -> str:
    if words.is_missing(low) or words.is_missing(high) or low <= 0 <= high:
        return UNSURE
    return HIGHER if low > 0 else LOWER


def _beyond(rows: pd.DataFrame) -> pd.Series:
    low, high = rows.left_low.astype(float), rows.left_high.astype(float)
    return (rows.right_value < low) | (rows.right_value > high)


def _table(rows: pd.DataFrame, left: str, right: str, first: list[str]) -> None:
    shown = rows[first].copy()
    shown["left"] = rows.left_value.astype(float)
    shown["left_interval"] = [
        words.span(*pair) for pair in zip(rows.left_low, rows.left_high, strict=True)
    ]
    shown["right"] = rows.right_value.astype(float)
    shown["right_interval"] = [
        words.span(*pair) for pair in zip(rows.right_low, rows.right_high, strict=True)
    ]
    shown["difference"] = rows.difference.astype(float)
    if "seeds" in rows:
        shown["seeds"] = rows.seeds
    inert.show(inert.tag("p", f"Left: {left}. Right: {right}.", css="rc-words"))
    st.dataframe(
        shown,
        hide_index=True,
        height=min(390, 38 + 35 * max(len(shown), 1)),
        placeholder="",
        column_config={
            "left": st.column_config.NumberColumn("left", format="%.4g"),
            "right": st.column_config.NumberColumn("right", format="%.4g"),
            "difference": st.column_config.NumberColumn("right less left", format="%+.4g"),
            "left_interval": "left, 95%",
            "right_interval": "right, 95%",
            "asked": "parameters",
        },
        alt="Both sides of the comparison",
    )
