"""What a claim was judged on, in words and drawn."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.drawing import draw
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.palette import HUMAN, REFUTED, STEADY, UP
from dashboard.claims.table import table
from dashboard.sheet import download
from dashboard.verdicts import CANARY

MARKS = {
    "holds": Mark(UP, "circle"),
    "refuted": Mark(REFUTED, "cross"),
    "inconclusive": Mark(HUMAN, "diamond"),
    "not testable here": Mark(STEADY, "square"),
    CANARY: Mark(REFUTED, "triangle-up"),
}

ANY = "any"

_COLUMN = re.compile(r", (?=[a-z_]+=)")


def decided_by(row: pd.Series) -> str:
    """Return the number that decided a verdict, with its interval and what it was held against."""
    if words.is_missing(row.statistic):
        return "No number decides it."
    span = words.span(row.ci_low, row.ci_high)
    interval = "no interval" if span == "–" else f"95% interval {span}"
    against = "" if words.is_missing(row.threshold) else f", against {words.figure(row.threshold)}"
    return f"Decided by {words.figure(row.statistic)} ({interval}{against}) on {evidence(row)}."


def evidence(row: pd.Series) -> str:
    """Return what a verdict rests on, in words."""
    parts = [row.board, row.snapshot, row.treatment]
    return " · ".join(str(p) for p in parts if not words.is_missing(p) and p) or "the whole store"


def labels(rows: pd.DataFrame) -> list[str]:
    """Return what tells each verdict's evidence from that of the others, in words.

    Evidence from a view is named by its columns: `experiment=retrieval, setting=gaussian`. What
    all rows share is left out.
    """
    named = [evidence(row) for row in rows.itertuples()]
    parts = [_COLUMN.split(name) for name in named]
    shared = set(parts[0]).intersection(*parts[1:]) if len(parts) > 1 else set()
    told = [[p.partition("=")[2] or p for p in own if p not in shared] for own in parts]
    return [" · ".join(own) or name for own, name in zip(told, named, strict=True)]


def show_evidence(standing: pd.DataFrame) -> None:
    """Draw every deciding number on its interval, and list the verdicts."""
    st.header("Evidence")
    kept = filtered(standing)
    numbered = kept[kept.statistic.notna()]
    if len(numbered):
        drawn = numbered.head(MOST)
        points = pd.DataFrame(
            {
                "label": labels(drawn),
                "value": drawn.statistic,
                "low": drawn.ci_low,
                "high": drawn.ci_high,
                "kind": drawn.verdict,
            }
        )
        thresholds = set(drawn.threshold.dropna())
        chart = forest(
            points,
            "deciding number, 95% interval",
            {
                **MARKS,
                **{v: Mark(STEADY, "square") for v in sorted(set(drawn.verdict) - set(MARKS))},
            },
            against=thresholds.pop() if len(thresholds) == 1 else None,
            against_label="what it is held against",
            log=spreads(drawn),
        )
        draw(chart, alternative="Deciding numbers with their intervals")
        said = "The dashed line is what the number is held against." if chart is not None else ""
        if len(numbered) > MOST:
            said += f" Drawn are the first {MOST} of {len(numbered)}; the table has all."
        st.caption(said)
    else:
        inert.note("info", "Nothing here has a number that decides: the table says why.")
    shown = kept[
        ["verdict", "statistic", "ci_low", "ci_high", "threshold", "board", "snapshot", "treatment",
         "detail", "decided_at"]
    ]  # fmt: skip
    table(shown, "Every verdict that stands")
    download(shown, "verdicts")


def filtered(standing: pd.DataFrame) -> pd.DataFrame:
    """Let people choose among treatments and boards where there are several."""
    boards = standing[standing.board.notna()]
    if boards.empty:
        return standing
    left, right = st.columns(2)
    treatments = list(dict.fromkeys(boards.treatment.dropna()))
    first = treatments.index("per-task") + 1 if "per-task" in treatments else 0
    treatment = left.selectbox("Treatment", [ANY, *treatments], index=first, key="of-treatment")
    board = right.selectbox("Board", [ANY, *sorted(set(boards.board))], key="of-board")
    kept = standing
    if treatment != ANY:
        kept = kept[kept.treatment == treatment]
    if board != ANY:
        kept = kept[kept.board == board]
    return kept


def spreads(drawn: pd.DataFrame) -> bool:
    """Whether numbers above 0 are so far apart, or so far from their threshold, as to need logs."""
    every = pd.concat([drawn.statistic, drawn.threshold]).dropna().astype(float)
    return bool((every > 0).all() and every.max() > 300 * every.min())
