"""Say what a verdict means in plain words: its badge, its data, its number and how sure it is."""

from __future__ import annotations

import re
from typing import Any

from dashboard import formatting, safe_html
from dashboard.claims.reasons import translated
from dashboard.claims.rows_behind import known_claim
from dashboard.language import CHINESE, current, mark, sentences, t
from dashboard.safe_html import Html
from dashboard.verdicts import BOARD, CANARY, DATA, LEVELS
from evaluators.articles import Article
from evaluators.claims.judging import claim as judging

_NUMBER = re.compile(
    r"\b[Tt]he (?:number|bound) is (?:the |that of )?"
    r"((?:\((?:[^()]|\([^()]*\))*\)|[^()])+?)(?:[.;:](?:\s|$)|$)"  # no end inside brackets
)
_ASIDE = re.compile(r" \((?:[A-Za-z]|\d+ [a-z])[^()]* [^()]*\)")
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


def sentence_of(row: Any) -> str:
    """Return what a claim asserts, in the reader's language; its id where nobody knows.

    Args:
        row: With the columns `claim` and `sentence`.
    """
    return str(row.claim) if formatting.is_missing(row.sentence) else t(str(row.sentence))


def short_name(name: str) -> str:
    """Return a claim in a few words, in the reader's language; its id where only the store has it.

    Args:
        name: Its id.
    """
    known = known_claim(name)
    return name if known is None else t(known.title)


def article_title(about: Article) -> str:
    """Return an article's title in the reader's language; it has both."""
    return about.title_zh if current() == CHINESE else about.title_en


def number_name(rule: object) -> str:
    """Return what the deciding number of a claim is, from its rule, in the reader's language."""
    return t(number_of(rule) or mark("deciding number"))


def number_title(rule: object) -> str:
    """Return the same as a heading: with a capital in English."""
    name = number_name(rule)
    return name if current() == CHINESE else f"{name[:1].upper()}{name[1:]}"


def number_of(rule: object) -> str:
    """Return what the deciding number of a claim is, as its rule says; empty where none is said."""
    found = _NUMBER.search(rule) if isinstance(rule, str) else None
    if found is None:
        return ""
    words = found[1]
    if len(words) > _LONGEST:
        words = _ASIDE.sub("", words)
    if len(words) > _LONGEST:  # the first clause says what it is
        clause = words[:_LONGEST].rpartition(",")[0]
        words = clause or f"{words[: _LONGEST - 1].rpartition(' ')[0] or words[:_LONGEST]}…"
    return words


def unit(rule: object) -> str:
    """Return the unit of the deciding number, from its rule in words; empty for a plain one."""
    found = _UNIT.search(str(rule).partition("Holds")[0]) if isinstance(rule, str) else None
    return t(found[1]) if found else ""


def number_line(row: Any, rule: object, *, named: bool = True) -> str:
    """Return the deciding number with its name, unit, interval and threshold in one line.

    Empty where there is none, and where nothing was decided and no rule says what the number is.
    """
    if formatting.is_missing(row.statistic):
        return ""
    if named and row.verdict == "not testable here" and not number_of(rule):
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
    return t("{name}: {numbers}", name=number_title(rule), numbers=numbers)


def reason(row: Any, rule: object) -> str:
    """Return in one plain sentence why a verdict is what it is."""
    if row.verdict == "not testable here":
        return (
            t("Nothing here decides it: {detail}.", detail=translated(row.detail))
            if row.detail
            else ""
        )
    line = number_line(row, rule)
    doubt = (
        ""
        if is_sure(row)
        else t(
            "The interval contains the threshold: with other tasks it could have come out the other"
            " way."
        )
    )
    toy = (
        t("The data are made up: this says nothing of the models and data of the source.")
        if data(row) == DATA["made-up"]
        else ""
    )
    return (
        sentences(t("{sentence}.", sentence=line), doubt, toy)
        if line
        else sentences(translated(row.detail), toy)
    )


def marks(row: Any) -> list[str]:
    """Return what must be said beside a verdict: its level, and what weakens it."""
    said = []
    if isinstance(row.level, str):
        said.append(t(LEVELS.get(row.level, row.level)))
    if isinstance(row.cut, str) and row.cut:
        said.append(t("smoke run ({cut})", cut=translated(row.cut)))
    if row.exploratory is True:
        said.append(t("exploratory: the experiment was designed after a look at this evidence"))
    if row.precedes_rule is True and not row.cut:
        said.append(t("evidence older than the rule"))
    return said
