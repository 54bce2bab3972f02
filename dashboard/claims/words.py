"""Say what a verdict means in plain words: its badge, its data, its number and how sure it is."""

from __future__ import annotations

import re
from typing import Any

from dashboard import formatting, safe_html
from dashboard.language import mark, t
from dashboard.safe_html import Html
from dashboard.verdicts import BOARD, CANARY, DATA, LEVELS
from evaluators.claims.judging import claim as judging

_NUMBER = re.compile(r"\bThe (?:number|bound) is (?:the |that of )?(.+?)(?:[.;:](?:\s|$)|$)")
UNITS = ("points", "nats a token", "nats", "standard deviations", "bytes")
"""Units of deciding numbers, as rules name them."""

_UNIT = re.compile(rf"\bin ({'|'.join(UNITS)})\b")
_LONGEST = 110

SAID = {
    "holds": mark("holds"),
    "refuted": mark("refuted"),
    "mixed": mark("mixed"),
    "inconclusive": mark("cannot tell"),
    "not testable here": mark("not testable here"),
    CANARY: mark("drifted"),
}
"""What a verdict is called on a badge; any other as it is."""

MEANINGS = {
    "holds": mark("The rule of the claim is met by the evidence shown."),
    "refuted": mark("The evidence shown contradicts the claim by its rule."),
    "mixed": mark("It holds in some settings and is refuted in others; no tie is broken."),
    "inconclusive": mark("Neither can be excluded with what was measured."),
    "not testable here": mark("No evidence in this store can decide it."),
}


_COMBINED = (
    ("per-task", mark("each task counts once")),
    ("per-metric", mark("each metric counts once")),
    ("paper-mixed", mark("as in the paper, not the same for every row")),
    ("+diagnostics", mark(", diagnostics count")),
    ("+as-printed", mark(", doubtful cells count too")),
)


def combined(treatment: object) -> str:
    """Return in words how scores are combined into one under a treatment."""
    said = str(treatment)
    for name, spoken in _COMBINED:
        said = said.replace(name, t(spoken))
    return said


def is_sure(row: Any) -> bool:
    """Return whether a decided verdict does not hang on the draw."""
    numbers = (row.ci_low, row.ci_high, row.threshold, row.p_value)
    low, high, threshold, p_value = (None if formatting.is_missing(x) else x for x in numbers)
    return judging.is_sure(row.verdict, low=low, high=high, threshold=threshold, p_value=p_value)


def data(row: Any) -> str:
    """Return what kind of data a verdict rests on."""
    if not formatting.is_missing(row.board):
        return BOARD
    return DATA.get(row.level, "") if isinstance(row.level, str) else ""


def is_real(row: Any) -> bool:
    """Return whether a verdict rests on real data, a board or a test set."""
    return data(row) in (BOARD, DATA["published"], DATA["small"])


def said(row: Any) -> str:
    """Return a verdict as its badge says it."""
    if row.verdict == "refuted" and data(row) == DATA["made-up"]:
        return t("refuted by a made-up example")
    word = t(SAID.get(row.verdict, str(row.verdict)))
    return word if is_sure(row) else t("{verdict} as printed, not sure", verdict=word)


def badge(row: Any) -> Html:
    """Return the badge of a verdict: filled only where real data or a theorem decide surely."""
    decided = {"holds": "good", "refuted": "error", CANARY: "error"}.get(row.verdict)
    filled = decided and is_sure(row) and data(row) != DATA["made-up"]
    kind = f"rc-{decided} rc-filled" if filled else f"rc-{decided or 'plain'}"
    if row.verdict not in ("holds", "refuted", "not testable here", CANARY):
        kind = "rc-warning"
    return safe_html.tag(
        "strong", said(row), css=f"rc-verdict {kind}", title=t(MEANINGS.get(row.verdict, ""))
    )


def data_badge(row: Any) -> Html:
    """Return the badge of the data that a verdict rests on."""
    found = data(row)
    kind = "rc-toy" if found == DATA["made-up"] else "rc-real"
    return safe_html.tag("span", t(found), css=f"rc-data {kind}") if found else Html("")


def number_name(rule: object) -> str:
    """Return what the deciding number of a claim is, from its rule in words."""
    found = _NUMBER.search(str(rule)) if isinstance(rule, str) else None
    if found is None:
        return t("deciding number")
    words = found[1]
    if len(words) > _LONGEST:  # the first clause says what it is
        clause = words[:_LONGEST].rpartition(",")[0]
        words = clause or f"{words[: _LONGEST - 1].rpartition(' ')[0] or words[:_LONGEST]}…"
    return words


def unit(rule: object) -> str:
    """Return the unit of the deciding number, from its rule in words; empty for a plain one."""
    found = _UNIT.search(str(rule).partition("Holds")[0]) if isinstance(rule, str) else None
    return t(found[1]) if found else ""


def number_line(row: Any, rule: object, *, named: bool = True) -> str:
    """Return the deciding number with its name, unit, interval and threshold in one line."""
    if formatting.is_missing(row.statistic):
        return ""
    value, low, high = formatting.measured(row.statistic, row.ci_low, row.ci_high)
    in_unit = f" {unit(rule)}" if unit(rule) else ""
    parts = [
        f"{value}{in_unit}",
        t("95% interval {low} to {high}", low=low, high=high) if low else t("no interval"),
    ]
    if not formatting.is_missing(row.threshold):
        parts.append(t("threshold {number}", number=formatting.figure(row.threshold, 3)))
    numbers = t(", ").join(parts)
    if not named:
        return numbers
    name = number_name(rule)
    name = f"{name[:1].upper()}{name[1:]}"
    return t("{name}: {numbers}", name=name, numbers=numbers)


def reason(row: Any, rule: object) -> str:
    """Return in one plain sentence why a verdict is what it is."""
    if row.verdict == "not testable here":
        return t("Nothing here decides it: {detail}.", detail=row.detail) if row.detail else ""
    line = number_line(row, rule)
    doubt = (
        ""
        if is_sure(row)
        else " "
        + t(
            "The interval contains the threshold: with other tasks it could have come out the other"
            " way."
        )
    )
    toy = (
        " " + t("The data are made up: this says nothing of the models and data of the source.")
        if data(row) == DATA["made-up"]
        else ""
    )
    return f"{t('{sentence}.', sentence=line)}{doubt}{toy}" if line else f"{row.detail}{toy}"


def marks(row: Any) -> list[str]:
    """Return what must be said beside a verdict: its level, and what weakens it."""
    said = []
    if isinstance(row.level, str):
        said.append(t(LEVELS.get(row.level, row.level)))
    if isinstance(row.cut, str) and row.cut:
        said.append(t("smoke run ({cut})", cut=row.cut))
    if row.exploratory is True:
        said.append(t("exploratory: the experiment was designed after a look at this evidence"))
    if row.precedes_rule is True and not row.cut:
        said.append(t("evidence older than the rule"))
    return said
