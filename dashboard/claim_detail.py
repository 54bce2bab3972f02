"""One claim: its verdict, the number that decided it, its evidence, its history."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from dashboard import inert, words
from dashboard.charts.forest import MOST, Mark, forest
from dashboard.charts.palette import HUMAN, REFUTED, STEADY, UP
from dashboard.links import sources
from dashboard.sheet import download
from dashboard.verdicts import CANARY, kind

MARKS = {
    "holds": Mark(UP, "circle"),
    "refuted": Mark(REFUTED, "cross"),
    "inconclusive": Mark(HUMAN, "diamond"),
    "not testable here": Mark(STEADY, "square"),
    CANARY: Mark(REFUTED, "triangle-up"),
}
_PAGES = {
    "dimension": ("screens/dimension.py", "The experiments on the dimension page"),
    "batch_sweep": ("screens/batch_sweep.py", "The experiments on the batch sweep page"),
    "gradient_accumulation": ("screens/batch_sweep.py", "The experiments on the batch sweep page"),
    "clue": ("screens/clue.py", "The experiments on the CLUE page"),
    "arm": ("screens/clue.py", "The experiments on the CLUE page"),
    "sts": ("screens/sts.py", "The scores on the STS page"),
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
    sentence = head.claim if words.is_missing(head.sentence) else head.sentence
    inert.show(inert.tag("p", sentence, css="rc-claim"))
    _source(head.source)
    against = "" if words.is_missing(head.threshold) else f"against {words.figure(head.threshold)}"
    span = words.span(head.ci_low, head.ci_high)
    inert.tiles(
        [
            ("Verdict", head.verdict, f"decided {words.ago(head.decided_at)}"),
            ("Deciding number", words.figure(head.statistic), against or "held against nothing"),
            ("Its 95% interval", span, "none was taken" if span == "–" else evidence(head)),
        ],
        [kind(head.verdict), "info", "plain"],
    )
    if not words.is_missing(head.detail) and head.detail:
        inert.note(kind(head.verdict), head.detail, f"On {evidence(head)}.")
    if known is not None:
        inert.facts([("Decision rule", known.decision_rule), ("Evidence", known.evaluator or "–")])
    _evidence(standing)
    _lead(head, known)
    _history(history, standing)


def _source(source: object) -> None:
    if words.is_missing(source):
        return
    links = [inert.link(f"{label} ↗", address) for label, address in sources(str(source))]
    spaced = [part for link in links for part in (inert.Html(" · "), link)]
    inert.show(inert.tag("p", f"Source: {source}", *spaced, css="rc-words"))


def _evidence(standing: pd.DataFrame) -> None:
    st.subheader("Evidence")
    kept = _filtered(standing)
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
            log=_spreads(drawn),
        )
        st.altair_chart(chart, width="stretch", alt="Deciding numbers with their intervals")
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
    _table(shown, "Every verdict that stands")
    download(shown, "verdicts")


def _filtered(standing: pd.DataFrame) -> pd.DataFrame:
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


def _spreads(drawn: pd.DataFrame) -> bool:
    """Whether numbers above 0 are so far apart, or so far from their threshold, as to need logs."""
    every = pd.concat([drawn.statistic, drawn.threshold]).dropna().astype(float)
    return bool((every > 0).all() and every.max() > 300 * every.min())


def _lead(head: pd.Series, known: pd.Series | None) -> None:
    """Link to the page that shows what the verdict rests on."""
    if not words.is_missing(head.board):
        where = {"board": head.board, "snapshot": head.snapshot, "treatment": head.treatment}
        st.page_link(
            "screens/leaderboards.py",
            label="The ranks behind it",
            icon=":material/leaderboard:",
            query_params={k: str(v) for k, v in where.items() if not words.is_missing(v)},
        )
        return
    view = "" if known is None or words.is_missing(known.evaluator) else str(known.evaluator)
    for prefix, (page, label) in _PAGES.items():
        if view.removeprefix("view ").startswith(prefix):
            st.page_link(page, label=label, icon=":material/science:")
            return


def _history(history: pd.DataFrame, standing: pd.DataFrame) -> None:
    st.subheader("History")
    older = len(history) - len(standing)
    said = words.counted(len(history), "verdict")
    changed = _changed(history)
    inert.show(
        inert.tag(
            "p",
            f"{said} since {words.moment(history.decided_at.min())},"
            f" {max(older, 0)} of them superseded;"
            f" {words.counted(len(changed), 'verdict')} changed from one time to the next.",
            css="rc-words",
        )
    )
    columns = ["decided_at", "verdict", "statistic", "ci_low", "ci_high", "board", "snapshot"]
    _table((changed if len(changed) else history)[[*columns, "treatment", "detail"]], "History")


def _changed(history: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts that differ from the one before on the same evidence, newest first."""
    ordered = history.iloc[::-1]
    key = [ordered[name].fillna("") for name in ("board", "snapshot", "treatment")]
    before = ordered.verdict.groupby(key).shift()
    return ordered[before.notna() & (before != ordered.verdict)].iloc[::-1]


def _table(rows: pd.DataFrame, alt: str) -> None:
    number = {
        name: st.column_config.NumberColumn(label, format="%.4g")
        for name, label in (
            ("statistic", "number"),
            ("ci_low", "95% from"),
            ("ci_high", "95% to"),
            ("threshold", "against"),
        )
    }
    st.dataframe(
        rows.dropna(axis="columns", how="all") if len(rows) else rows,
        hide_index=True,
        height=min(390, 38 + 35 * max(len(rows), 1)),
        placeholder="",
        column_config={
            **number,
            "decided_at": st.column_config.DatetimeColumn(
                "decided (UTC)", format="YYYY-MM-DD HH:mm"
            ),
        },
        alt=alt,
    )
