"""Say what a verdict means in plain words: its badge, its data, its number and how sure it is."""

from __future__ import annotations

import re
from typing import Any

from dashboard import formatting, safe_html
from dashboard.safe_html import Html
from dashboard.verdicts import BOARD, CANARY, DATA

_NUMBER = re.compile(r"\bThe (?:number|bound) is (?:the |that of )?(.+?)(?:[.;:](?:\s|$)|$)")
_UNIT = re.compile(r"\bin (points|nats a token|nats|standard deviations|bytes)\b")
_LONGEST = 110

SAID = {
    "holds": "holds",
    "refuted": "refuted",
    "mixed": "mixed",
    "inconclusive": "cannot tell",
    "not testable here": "not testable here",
    CANARY: "drifted",
}
"""What a verdict is called on a badge; any other as it is."""

MEANINGS = {
    "holds": "The rule of the claim is met by the evidence shown.",
    "refuted": "The evidence shown contradicts the claim by its rule.",
    "mixed": "It holds in some settings and is refuted in others; no tie is broken.",
    "inconclusive": "Neither can be excluded with what was measured.",
    "not testable here": "No evidence in this store can decide it.",
}


_COMBINED = (
    ("per-task", "each task counts once"),
    ("per-metric", "each metric counts once"),
    ("paper-mixed", "as in the paper, not the same for every row"),
    ("+diagnostics", ", diagnostics count"),
    ("+as-printed", ", doubtful cells count too"),
)


def combined(treatment: object) -> str:
    """Return in words how scores are combined into one under a treatment."""
    said = str(treatment)
    for name, spoken in _COMBINED:
        said = said.replace(name, spoken)
    return said


def is_sure(row: Any) -> bool:
    """Return whether a decided verdict does not hang on the draw.

    A test that decided is sure by its level. Printed numbers decide without one: where their
    interval contains the threshold, another draw could have said the opposite.
    """
    if row.verdict in ("mixed", "inconclusive", "not testable here"):
        return True
    if any(formatting.is_missing(x) for x in (row.ci_low, row.ci_high, row.threshold)):
        return True
    tested = not formatting.is_missing(row.p_value)
    return tested or not row.ci_low <= row.threshold <= row.ci_high


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
    word = SAID.get(row.verdict, str(row.verdict))
    if word == "refuted" and data(row) == DATA["made-up"]:
        return "refuted by a made-up example"
    return word if is_sure(row) else f"{word} as printed, not sure"


def badge(row: Any) -> Html:
    """Return the badge of a verdict: filled only where real data or a theorem decide surely."""
    decided = {"holds": "good", "refuted": "error", CANARY: "error"}.get(row.verdict)
    filled = decided and is_sure(row) and data(row) != DATA["made-up"]
    kind = f"rc-{decided} rc-filled" if filled else f"rc-{decided or 'plain'}"
    if row.verdict not in ("holds", "refuted", "not testable here", CANARY):
        kind = "rc-warning"
    return safe_html.tag(
        "strong", said(row), css=f"rc-verdict {kind}", title=MEANINGS.get(row.verdict, "")
    )


def data_badge(row: Any) -> Html:
    """Return the badge of the data that a verdict rests on."""
    found = data(row)
    kind = "rc-toy" if found == DATA["made-up"] else "rc-real"
    return safe_html.tag("span", found, css=f"rc-data {kind}") if found else Html("")


def number_name(rule: object) -> str:
    """Return what the deciding number of a claim is, from its rule in words."""
    found = _NUMBER.search(str(rule)) if isinstance(rule, str) else None
    if found is None:
        return "deciding number"
    words = found[1]
    if len(words) > _LONGEST:  # the first clause says what it is
        words = words[:_LONGEST].rpartition(",")[0] or f"{words[: _LONGEST - 1]}…"
    return words


def unit(rule: object) -> str:
    """Return the unit of the deciding number, from its rule in words; empty for a plain one."""
    found = _UNIT.search(str(rule).partition("Holds")[0]) if isinstance(rule, str) else None
    return found[1] if found else ""


def number_line(row: Any, rule: object, *, named: bool = True) -> str:
    """Return the deciding number with its name, unit, interval and threshold in one line."""
    if formatting.is_missing(row.statistic):
        return ""
    value, low, high = formatting.measured(row.statistic, row.ci_low, row.ci_high)
    in_unit = f" {unit(rule)}" if unit(rule) else ""
    spread = f", 95% interval {low} to {high}" if low else ", no interval"
    held = (
        ""
        if formatting.is_missing(row.threshold)
        else f", threshold {formatting.figure(row.threshold, 3)}"
    )
    name = number_name(rule)
    start = f"{name[:1].upper()}{name[1:]}: " if named else ""
    return f"{start}{value}{in_unit}{spread}{held}"


def reason(row: Any, rule: object) -> str:
    """Return in one plain sentence why a verdict is what it is."""
    if row.verdict == "not testable here":
        return f"Nothing here decides it: {row.detail}." if row.detail else ""
    line = number_line(row, rule)
    doubt = (
        ""
        if is_sure(row)
        else " The interval contains the threshold: with other tasks it could have come out the"
        " other way."
    )
    toy = (
        " The data are made up: this says nothing of the models and data of the source."
        if data(row) == DATA["made-up"]
        else ""
    )
    return f"{line}.{doubt}{toy}" if line else f"{row.detail}{toy}"
