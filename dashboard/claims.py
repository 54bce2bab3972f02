"""The parts of the claims page: verdicts, their evidence and their history."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import HUMAN, REFUTED, STEADY, UP, draw, spreads
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.claim_links import lead, source_line
from dashboard.queries.frame import records
from dashboard.sheet import download
from dashboard.verdicts import CANARY, kind, marks


def table(rows: pd.DataFrame, alt: str) -> None:
    """Show verdicts with their numbers, without empty columns."""
    number = {
        name: st.column_config.NumberColumn(label, format="%.4g")
        for name, label in (
            ("statistic", "statistic"),
            ("ci_low", "95% from"),
            ("ci_high", "95% to"),
            ("threshold", "threshold"),
            ("smallest_detectable", "smallest detectable"),
        )
    }
    st.dataframe(
        rows.dropna(axis="columns", how="all") if len(rows) else rows,
        hide_index=True,
        height=min(390, 38 + 35 * max(len(rows), 1)),
        placeholder="",
        column_config={
            **number,
            "rests_on": "rests on",
            "settles": "would be settled by",
            "decided_at": st.column_config.DatetimeColumn(
                "decided (UTC)", format="YYYY-MM-DD HH:mm"
            ),
        },
        alt=alt,
    )


def show_history(history: pd.DataFrame, standing: pd.DataFrame) -> None:
    """Show how often a claim was judged, and list the verdicts that changed."""
    st.header("History")
    older = len(history) - len(standing)
    total = formatting.counted(len(history), "verdict")
    turned = changed(history)
    safe_html.show(
        safe_html.tag(
            "p",
            f"{total} since {formatting.moment(history.decided_at.min())},"
            f" {max(older, 0)} of them superseded."
            f" {formatting.counted(len(turned), 'verdict')} differed from the one before.",
            css="rc-words",
        )
    )
    columns = ["decided_at", "verdict", "level", "statistic", "ci_low", "ci_high", "board"]
    places = ["snapshot", "treatment", "setting", "detail"]
    table((turned if len(turned) else history)[[*columns, *places]], "History")


def changed(history: pd.DataFrame) -> pd.DataFrame:
    """Return verdicts that differ from the one before on the same evidence, newest first."""
    ordered = history.iloc[::-1]
    names = ("board", "snapshot", "treatment", "setting", "combined")
    key = [ordered[name].astype(object).fillna("") for name in names]
    before = ordered.verdict.groupby(key).shift()
    return ordered[before.notna() & (before != ordered.verdict)].iloc[::-1]


MARKS = {
    "holds": Mark(UP, "circle"),
    "refuted": Mark(REFUTED, "cross"),
    "holds at a small scale": Mark(HUMAN, "triangle-up"),
    "fails at a small scale": Mark(HUMAN, "triangle-down"),
    "holds in a made-up world": Mark(STEADY, "triangle-right"),
    "fails in a made-up world": Mark(STEADY, "triangle-left"),
    "inconclusive": Mark(HUMAN, "diamond"),
    "not testable here": Mark(STEADY, "square"),
    CANARY: Mark(REFUTED, "wedge"),
}

ANY = "any"

_COLUMN = re.compile(r", (?=[a-z_]+=)")


def decided_by(row: pd.Series) -> str:
    """Return the deciding number of a verdict, with its interval and threshold."""
    if formatting.is_missing(row.statistic):
        return "No number decides this verdict."
    span = formatting.span(row.ci_low, row.ci_high)
    interval = "no interval" if span == "–" else f"95% interval {span}"
    against = (
        ""
        if formatting.is_missing(row.threshold)
        else f", threshold {formatting.figure(row.threshold)}"
    )
    number = f"{formatting.figure(row.statistic)} ({interval}{against}) on {evidence(row)}"
    if row.verdict == "not testable here":
        return f"Measured {number}. This decides nothing."
    return f"Decided by {number}."


def evidence(row: Any) -> str:
    """Describe the evidence of a verdict: board, snapshot and treatment, or the setting."""
    parts = [row.board, row.snapshot, row.treatment, row.setting]
    return (
        " · ".join(str(p) for p in parts if not formatting.is_missing(p) and p)
        or "all its settings"
    )


def labels(rows: pd.DataFrame) -> list[str]:
    """Return a label for each verdict: the parts of its evidence that differ between rows.

    Evidence from a view is named by its columns: `experiment=retrieval, setting=gaussian`. Parts
    that all rows share are left out.
    """
    named = [evidence(row) for row in records(rows)]
    parts = [_COLUMN.split(name) for name in named]
    shared = set(parts[0]).intersection(*parts[1:]) if len(parts) > 1 else set()
    differing = [[p.partition("=")[2] or p for p in own if p not in shared] for own in parts]
    return [" · ".join(own) or name for own, name in zip(differing, named, strict=True)]


def show_evidence(standing: pd.DataFrame) -> None:
    """Draw every deciding number with its interval, and list the verdicts."""
    st.header("Evidence")
    kept = filtered(standing[~standing.combined.astype(bool)])
    # A specification curve: every setting and treatment, the smallest number first.
    numbered = kept[kept.statistic.notna()].sort_values("statistic", kind="stable")
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
            against_label="threshold of the claim",
            log=spreads(pd.concat([drawn.statistic, drawn.threshold])),
        )
        draw(chart, alternative="Deciding numbers with their intervals")
        caption = "A dashed line marks the threshold where all verdicts share one."
        if len(numbered) > MOST:
            caption += f" The chart shows the first {MOST} of {len(numbered)}; the table has all."
        st.caption(caption)
    else:
        safe_html.note(
            "info", "No verdict here has a deciding number. The table gives the reasons."
        )
    shown = kept[
        ["verdict", "level", "statistic", "ci_low", "ci_high", "threshold", "rests_on",
         "smallest_detectable", "settles", "board", "snapshot", "treatment", "setting", "detail",
         "decided_at"]
    ]  # fmt: skip
    table(shown, "Every current verdict")
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


def show(
    head: pd.Series, known: pd.Series | None, standing: pd.DataFrame, history: pd.DataFrame
) -> None:
    """Show one claim.

    Args:
        head: The verdict that is shown first.
        known: The claim in its newest wording; None where the store has verdicts alone.
        standing: The verdicts that count now.
        history: Every verdict, newest first.
    """
    sentence = head.claim if formatting.is_missing(head.sentence) else head.sentence
    safe_html.show(safe_html.tag("p", sentence, css="rc-claim"))
    source_line(head.source)
    against = (
        ""
        if formatting.is_missing(head.threshold)
        else f"threshold {formatting.figure(head.threshold)}"
    )
    span = formatting.span(head.ci_low, head.ci_high)
    safe_html.tiles(
        [
            ("Verdict", head.verdict, f"decided {formatting.ago(head.decided_at)}"),
            (
                "Deciding number",
                formatting.figure(head.statistic),
                against or "no threshold",
            ),
            (
                "Its 95% interval",
                span,
                "no interval was computed" if span == "–" else evidence(head),
            ),
        ],
        [kind(head.verdict), "info", "plain"],
    )
    facts = [("Level", " · ".join(marks(head)) or "–"), ("Rests on", head.rests_on or "–")]
    if isinstance(head.settles, str) and head.settles:
        facts.append(("Would be settled by", head.settles))
    safe_html.facts(facts)
    if not formatting.is_missing(head.detail) and head.detail:
        safe_html.note(kind(head.verdict), head.detail, f"On {evidence(head)}.")
    if known is not None:
        safe_html.facts(
            [("Decision rule", known.decision_rule), ("Evidence", known.evaluator or "–")]
        )
    show_evidence(standing)
    lead(head, known)
    show_history(history, standing)
