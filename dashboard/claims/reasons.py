"""Say in the reader's language what a verdict rests on and how several came to one.

Rules write these in English, with their numbers, into the store. Only forms that many claims share
have a translation: those of `evaluators.claims.judging.combining`, amounts of evidence, and smoke
runs. What the rule of one claim says of its numbers is shown as it was written.
"""

from __future__ import annotations

import re
from functools import cache

from dashboard.language import ENGLISH, current, mark, t

FORMS = (
    mark("nothing"),
    mark("more seeds"),
    mark("1 checkpoint"),
    mark("one table"),
    mark("an exact count"),
    mark("printed scores"),
    mark("printed scores; over other tasks too"),
    mark("printed scores; not told apart over other tasks"),
    mark("only smoke runs, which decide nothing ({cut})"),
    mark("smoke run: {amount}"),
    mark("not testable in any of {count} settings; the first: {reason}"),
    mark("{tally}: fewer than half are decided"),
    mark(
        "mean of {count} settings {mean}; they differ by {tau} (a new one lies in {low} to {high})"
    ),
    mark("still improving: {arms}, with the epochs it had; try twice as many"),
    mark("{count} settings of {amount}"),
    mark("more than a million {units}"),
    mark("more examples: no number of {units} on these"),
    mark("a search in each of {count} critics"),
    mark("lines through each of {count} critics"),
    mark("{count} models, {tasks} tasks"),
    mark("{count} N, computed exactly"),
    mark("{count} N"),
    mark("{count} seeds"),
    mark("{count} seeds and settings"),
    mark("{count} settings"),
    mark("{count} pairs"),
    mark("{count} numbers"),
    mark("{count} tables"),
    mark("{count} networks"),
    mark("{count} starts"),
    mark("{count} layers"),
    mark("{count} graphs"),
    mark("{count} problems"),
    mark("{count} transformers"),
    mark("{count} decodings"),
    mark("{count} comparisons"),
    mark("{count} sets of tokens"),
)
"""What may be said, with anything in a place; a `count` is a whole number."""

UNITS = (mark("seeds"), mark("pairs"))
"""What forms count that have no number."""

_TALLY = re.compile(r"([\d,]+) (\D+)")
_TALLIES = {
    "hold": mark("{count} hold"),
    "holds": mark("{count} hold"),
    "refuted": mark("{count} refuted"),
    "inconclusive": mark("{count} cannot tell"),
    "not testable here": mark("{count} not testable here"),
}


def translated(reason: object) -> str:
    """Return a reason or an amount in the reader's language; as it is where no form fits."""
    text = str(reason)
    if current() == ENGLISH:
        return text
    for pattern, form in _patterns():
        if found := pattern.fullmatch(text):
            parts = {name: translated(part) for name, part in found.groupdict().items()}
            return t(form, **parts)
    tallies = [_TALLY.fullmatch(part) for part in text.split(", ")]
    if all(found and found[2] in _TALLIES for found in tallies):
        return t(", ").join(t(_TALLIES[found[2]], count=found[1]) for found in tallies if found)
    return t(text) if text in UNITS else text


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((_pattern(form), form) for form in FORMS)


def _pattern(form: str) -> re.Pattern[str]:
    """Return what matches a form with anything in its places, and a number where it counts."""
    parts = re.split(r"\{(\w+)\}", form)
    pattern = "".join(
        f"(?P<{part}>{_NUMBERS.get(part, '.+')})" if place % 2 else re.escape(part)
        for place, part in enumerate(parts)
    )
    return re.compile(pattern, re.DOTALL)


_NUMBERS = {"count": r"[\d,]+", "tasks": r"[\d,]+"}
