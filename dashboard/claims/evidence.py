"""The evidence of one claim: every deciding number beside the bounds of its rule, and the rows."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, NamedTuple

import altair as alt
import pandas as pd
import streamlit as st

from dashboard import formatting, safe_html
from dashboard.charts.drawing import HUMAN, REFUTED, STEADY, UP, draw, spreads
from dashboard.charts.forest import MOST, Bound, Mark, forest
from dashboard.claims import words
from dashboard.claims.reasons import translated
from dashboard.language import mark, nt, option_labels, sentences, t
from dashboard.opened import opening_table
from dashboard.queries.frame import records
from dashboard.sheet import download
from dashboard.verdicts import CANARY


def table(rows: pd.DataFrame, names: list[str], alt: str, claim: str) -> int | None:
    """Show verdicts with their numbers, without empty columns; return the place of the open one."""
    number = {
        name: st.column_config.NumberColumn(label, format="%.4g")
        for name, label in (
            ("statistic", t("the number")),
            ("ci_low", t("95% from")),
            ("ci_high", t("95% to")),
            ("threshold", t("threshold")),
            ("smallest_detectable", t("smallest detectable")),
        )
    }
    return opening_table(
        rows.dropna(axis="columns", how="all") if len(rows) else rows,
        names,
        "verdicts",
        click=("verdict", t("verdict")),
        of=claim,
        hide_index=True,
        height=min(390, 38 + 35 * max(len(rows), 1)),
        column_config={
            **number,
            "treatment": t("how scores are combined"),
            "rests_on": t("rests on"),
            "settles": t("would be settled by"),
            "decided_at": st.column_config.DatetimeColumn(
                t("decided (UTC)"), format="YYYY-MM-DD HH:mm"
            ),
        },
        alt=alt,
    )


ANY = mark("any")

USUAL = "per-task"
"""The treatment whose verdicts are shown at first, where boards were judged under several."""

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

_COLUMN = re.compile(r", (?=[a-z_]+=)")


def evidence(row: Any) -> str:
    """Describe the evidence of a verdict: board, snapshot and treatment, or the setting."""
    return evidence_parts(row) or t("all its settings")


def evidence_parts(row: Any) -> str:
    """Return the same, empty where it is all the settings of a claim."""
    how = None if formatting.is_missing(row.treatment) else words.combined(row.treatment)
    parts = [row.board, row.snapshot, how, row.setting]
    return " · ".join(str(p) for p in parts if not formatting.is_missing(p) and p)


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


def bounds(rows: pd.DataFrame) -> list[Bound]:
    """Return the numbers that a rule holds its number against, where all verdicts share them.

    The rule of a gain has three: above the margin it holds; below 0, or inside ±margin, it is
    refuted. Its verdicts are those with a smallest detectable gain.
    """
    thresholds = set(rows.threshold.dropna())
    if len(thresholds) != 1:
        return []
    threshold = float(thresholds.pop())
    number = formatting.figure(threshold, 3)
    if rows.smallest_detectable.notna().any() and threshold > 0:
        return [
            Bound(threshold, t("holds above {number}", number=number)),
            Bound(0.0, t("refuted below 0")),
            Bound(-threshold, t("between the outer lines: no difference")),
        ]
    return [Bound(threshold, t("threshold {number}", number=number))]


def testable(standing: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the verdicts that say something, and those that are not testable."""
    own = standing[~standing.combined.astype(bool)]
    says = own.verdict != "not testable here"
    return own[says | own.statistic.notna()], own[~says & own.statistic.isna()]


def untestable_in_words(rows: pd.DataFrame) -> str:
    """Return why the other evidence says nothing, the most frequent reason first."""
    reasons = Counter(
        re.sub(r"\bnot (of|on) .*", "not of this one", str(detail)) if len(str(detail)) > 90
        else str(detail)
        for detail in rows.detail
    )  # fmt: skip
    shown = [f"{translated(why)} ({count})" for why, count in reasons.most_common(3)]
    more = len(reasons) - len(shown)
    if more > 0:
        shown.append(t("{count} other reasons", count=more))
    return nt(
        "{count:,} piece of evidence cannot decide it: {reasons}.",
        "{count:,} pieces of evidence cannot decide it: {reasons}.",
        len(rows),
        reasons=t("; ").join(shown),
    )


def filtered(standing: pd.DataFrame) -> pd.DataFrame:
    """Let people choose among treatments and boards where there are several."""
    boards = standing[standing.board.notna()]
    if boards.empty:
        return standing
    left, right = st.columns(2)
    treatments = list(dict.fromkeys(boards.treatment.dropna()))
    first = treatments.index(USUAL) + 1 if USUAL in treatments else 0
    treatment = left.selectbox(
        t("How scores are combined"),
        [ANY, *treatments],
        index=first,
        format_func=option_labels([ANY, *treatments], _any),
        key="of-treatment",
    )
    names = [ANY, *sorted(set(boards.board))]
    board = right.selectbox(
        t("Board"), names, format_func=option_labels(names, _any), key="of-board"
    )
    kept = standing
    if treatment != ANY:
        kept = kept[kept.treatment == treatment]
    if board != ANY:
        kept = kept[kept.board == board]
    return kept


def _any(name: str) -> str:
    return t(name) if name == ANY else name


def with_number(kept: pd.DataFrame) -> pd.DataFrame:
    """Return the verdicts with a deciding number, the smallest first: a specification curve."""
    return kept[kept.statistic.notna()].sort_values("statistic", kind="stable")


def show_evidence(standing: pd.DataFrame, rule: object) -> None:
    """Draw every deciding number with its interval and bounds, and list the verdicts."""
    st.header(t("Evidence"))
    speaking, silent = testable(standing)
    kept = filtered(speaking)
    numbered = with_number(kept)
    if len(numbered):
        _draw(numbered, rule)
    else:
        safe_html.note(
            "info", t("No verdict here has a deciding number. The table has the reasons.")
        )
    if len(kept):
        rows = kept[_SHOWN]
        spoken = {name: rows[name].map(translated, "ignore") for name in _REASONS}
        shown = rows.assign(verdict=[words.said(row) for row in records(kept)], **spoken)
        shown["level"] = rows.level.map(t, "ignore")
        st.caption(t("Click a verdict for links to its rows, SQL, runs and provenance."))
        claim = str(kept.claim.iloc[0])
        names = [" · ".join(pair) for pair in zip(labels(kept), shown.verdict, strict=True)]
        _open(kept, table(shown, names, t("Every verdict that says something"), claim))
        download(rows, "verdicts")  # as the store has them: a file is in no language
    if len(silent):
        safe_html.show(safe_html.tag("p", untestable_in_words(silent), css="rc-words"))


_SHOWN = [
    *("verdict", "detail", "statistic", "ci_low", "ci_high", "threshold", "rests_on"),
    *("smallest_detectable", "settles", "board", "snapshot", "treatment", "setting", "level"),
    "decided_at",
]
_REASONS = ("detail", "rests_on", "settles")


def _open(kept: pd.DataFrame, place: int | None) -> None:
    from dashboard.claims.doors import doors

    if place is not None:
        row = kept.iloc[place]
        safe_html.show(
            safe_html.tag("p", f"{evidence(row)}: {translated(row.detail)}", css="rc-words")
        )
        doors(row, key="doors-of-row")


class Picture(NamedTuple):
    """Deciding numbers as a chart, with its heading and the caption below it."""

    heading: str
    chart: alt.LayerChart
    caption: str


def picture(numbered: pd.DataFrame, rule: object, shade: str | None = None) -> Picture:
    """Return the deciding numbers with their intervals and bounds.

    Args:
        numbered: Verdicts with a deciding number, in the order to be drawn; at least one.
        rule: The rule in words.
        shade: Light or dark; that of the page where None.
    """
    drawn = numbered.head(MOST)
    own = bounds(drawn)
    points = pd.DataFrame(
        {
            "label": labels(drawn),
            "value": drawn.statistic,
            "low": drawn.ci_low,
            "high": drawn.ci_high,
            "threshold": drawn.threshold if not own else None,
            "kind": drawn.verdict,
        }
    )
    in_unit = words.unit(rule)
    chart = forest(
        points,
        t("{unit}, with 95% interval", unit=in_unit) if in_unit else t("with 95% interval"),
        {
            **MARKS,
            **{v: Mark(STEADY, "square") for v in sorted(set(drawn.verdict) - set(MARKS))},
        },
        bounds=own,
        log=spreads(pd.concat([drawn.statistic, drawn.threshold])) and len(own) < 2,
        shade=shade,
    )
    said = [bound.label for bound in own]
    caption = (
        t("Dashed lines: {lines}.", lines=t("; ").join(said))
        if said
        else t("A short upright line beside each number is its own threshold.")
    )
    if len(numbered) > MOST:
        more = t(
            "The chart shows the first {most} of {count}; the table has all.",
            most=MOST,
            count=len(numbered),
        )
        caption = sentences(caption, more)
    return Picture(t("{sentence}.", sentence=words.number_title(rule)), chart, caption)


def _draw(numbered: pd.DataFrame, rule: object) -> None:
    drawn = picture(numbered, rule)
    st.caption(drawn.heading)
    draw(drawn.chart, alternative=t(ALTERNATIVE))
    st.caption(drawn.caption)


ALTERNATIVE = mark("Deciding numbers with their intervals and bounds")
