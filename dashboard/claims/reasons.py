"""Say in the reader's language what a verdict rests on, what its rule found and how it decides.

Rules write what they found in English, with their numbers, into the store. The catalogue has the
form of each clause under the context `reason`: `tests.dashboard.catalogue` finds them in the code
that builds them. Only forms whose words are put together by code are written here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from dashboard.language import ENGLISH, current, forms, mark, t
from evaluators.averaging import MEANS
from evaluators.claims import VERDICTS

AROUND = (
    mark("EXPLORATORY ({why}): {detail}"),
    mark("{why}, decides nothing (by its numbers: {verdict}): {detail}"),
    mark("{detail} (no difference: within ±{margin})"),
)
"""What is said around a reason of any form."""

FORMS = (
    mark("nothing"),
    mark("more seeds"),
    mark("1 checkpoint"),
    mark("{tally}: fewer than half are decided"),
    mark("{count} settings of {amount}"),
    mark("{count} N"),
    mark("{count} seeds"),
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
    mark("over other tasks too: {detail}"),
    mark("not told apart over other tasks: {detail}"),
    mark("human rank {ranks} of {counts} of {models} rows over {columns} columns"),
    mark("the {first} and the {second} mean"),
    mark("{what} is {number}"),
    mark("{number} ({low} to {high})"),
    mark("{number} at {place}"),
    mark("{number} with {count}"),
    mark("R is {numbers} words kept"),
    mark("level {level} changes the form of {number} and the topic of {low}"),
    mark(
        "loses {number} points of accuracy on average, at most {low}, more than {margin} in {share}"
        " of {count} cases"
    ),
    mark("{count} points: {detail}"),
    mark("slope {number} ({low} … {high})"),
    mark("{detail} (surely above 0, and surely below {number} point)"),
    mark("{what} {number} before"),
    mark("{number} after"),
    mark("above {number}"),
    mark("and {count} more"),
    mark("{name}: no value for {columns}"),
    mark("{name}: no mean for p = {p}, which needs values {needed}: {culprits}"),
    mark("logarithm"),
    mark("power law"),
    mark("one table"),
    mark("1 cell is"),
    mark("means {numbers}"),
    mark("errors: {numbers}"),
    mark("losses {numbers}"),
    mark("differences: {numbers}"),
    mark("steps {numbers}"),
    mark("failure rate {number}"),
    mark("the best later step {number}"),
    mark("repetitions counted"),
    mark("{mean} {number} points"),
    mark("own mean"),
    mark("the human row"),
    mark("k-means centres"),
    mark("N = {items}: n95 {number}, rule {rule}"),
    mark("on {data}, transductive: {number}"),
    mark("{name} {count} of {number}"),
    mark("N = {items}: {number} (printed {low})"),
    mark("every run: {cut}"),
    mark("{count} of {runs} runs: {cut}"),
    mark("this one"),
)
"""Amounts and remarks, with anything in a place; a `count` is a whole number."""

RULE_FORMS = (
    mark(
        "Holds when a one-sided test at 5% finds it above {margin}, the smallest gain worth the"
        " name; refuted when such a test finds it below 0, or two find it inside ±{margin}, which"
        " is no difference; inconclusive otherwise."
    ),
    mark(
        "Holds when a one-sided test at 5% finds the factor above {factor}; refuted when such a"
        " test finds it below 1, or two find it between 1/{factor} and {factor}, which is no"
        " difference; inconclusive otherwise."
    ),
)
"""Sentences that rules share but for a number: those of `gain_rule` and `factor_rule`."""

UNITS = (mark("seeds"), mark("pairs"))
"""What forms count that have no number."""

_WORD = re.compile(r"[A-Za-z]")
_TALLY = re.compile(r"([\d,]+) (\D+)")
_TALLIES = {
    "hold": mark("{count} hold"),
    "holds": mark("{count} hold"),
    "refuted": mark("{count} refuted"),
    "inconclusive": mark("{count} cannot tell"),
    "not testable here": mark("{count} not testable here"),
}
_CLAUSES = re.compile(r"; (?![^()]*\))")  # no end inside brackets
_PARTS = re.compile(r", (?:and |but )?(?![^()]*\))")
_SENTENCES = re.compile(r"(?<=\.) (?=[A-Z])")


def translated(reason: object) -> str:
    """Return a reason or an amount in the reader's language; clauses without a form as they are."""
    text = str(reason)
    return text if current() == ENGLISH else _reason(text, current())


def translated_rule(rule: object) -> str:
    """Return the rule of a claim in the reader's language; sentences that are new as they are."""
    text = str(rule)
    if current() == ENGLISH:
        return text
    found = [_sentence(each) for each in sentences(text)]
    return "".join(f"{each} " if each.endswith(".") else each for each in found).rstrip()


def sentences(rule: str) -> list[str]:
    """Split the rule of a claim into its sentences."""
    return _SENTENCES.split(rule)


def own_sentences(rule: str) -> Iterator[str]:
    """Yield the sentences of a rule that are in the catalogue by themselves, not by a form."""
    for each in sentences(rule):
        if not any(_form(form, "").pattern.fullmatch(each) for form in RULE_FORMS):
            yield each


def _sentence(text: str) -> str:
    found = t(text)
    if found != text:
        return found
    return next((said for form in RULE_FORMS if (said := _form(form, t(form)).said(text))), text)


@lru_cache(maxsize=4096)
def _reason(text: str, language: str) -> str:
    whole = forms().get(text)
    return whole or t("; ").join(_clause(each, language) for each in _CLAUSES.split(text))


def _clause(text: str, language: str) -> str:
    found = _core(text.strip(" ,."), language)
    if found is None:
        return text
    comma, stop = text.lstrip().startswith(","), text.endswith(".")
    return f"{t(', ') if comma else ''}{found}{'。' if stop else ''}"


@lru_cache(maxsize=8192)
def _core(text: str, language: str) -> str | None:
    if not _WORD.search(text):
        return None
    if text in forms():
        return forms()[text]
    if text in UNITS or text in MEANS or text in VERDICTS:
        return t(text)
    tallies = [_TALLY.fullmatch(part) for part in text.split(", ")]
    if all(found and found[2] in _TALLIES for found in tallies):
        return t(", ").join(t(_TALLIES[found[2]], count=found[1]) for found in tallies if found)
    near = (form for longest, form in _known(language) if longest in text)
    found = next((said for form in near if (said := form.said(text))), None)
    return _listed(text, language) if found is None else found


def _listed(text: str, language: str) -> str | None:
    """Return a list in the reader's language, if a form fits one of its parts."""
    parts = _PARTS.split(text)
    found = [_core(part, language) for part in parts] if len(parts) > 1 else []
    if not any(found):
        return None
    return t(", ").join(said or part for said, part in zip(found, parts, strict=True))


class _Form(NamedTuple):
    """A text with places, and what it is in the reader's language."""

    pattern: re.Pattern[str]
    fixed: tuple[str, ...]
    chinese: str
    numbers: int

    def said(self, text: str) -> str | None:
        """Return a text that fits, in the reader's language."""
        found = self.pattern.fullmatch(text)
        if found is None or not all(map(self._is_part, found.groups())):
            return None
        parts = {name: translated(part) for name, part in found.groupdict().items()}
        return self.chinese.format(**parts)

    def _is_part(self, text: str) -> bool:
        """Return whether a text is one part: not of a list, and with its brackets closed."""
        repeated = any(len(part.strip()) > 3 and part in text for part in self.fixed)
        return not repeated and text.count("(") == text.count(")")


@cache
def _known(language: str) -> tuple[tuple[str, _Form], ...]:
    """Return the forms of reasons with their longest part, those that say most first.

    Whether that part is in a text at all tells a form from the hundreds of others at once.
    """
    known = {form: t(form) for form in FORMS} | dict(forms())
    found = [_form(form, chinese) for form, chinese in known.items()]
    found.sort(key=lambda form: -sum(map(len, form.fixed)) - 6 * form.numbers)
    found = [*(_form(form, t(form)) for form in AROUND), *found]
    return tuple((max(form.fixed, key=len), form) for form in found)


@cache
def _form(form: str, chinese: str) -> _Form:
    """Return what matches a form with anything in its places, and a number where it counts."""
    parts = re.split(r"\{(\w+)\}", form)
    pattern, seen = "", set()
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            beside = place > 1 and not parts[place - 1]  # of two in a row the first is a number
            last = place == len(parts) - 2 and parts[place - 1].endswith(")")
            found = ".*" if beside or last else ".+"
            anything = found if parts[place + 1] or place == len(parts) - 2 else r"[^ ,;()]+"
            pattern += f"(?P<{part}>{_NUMBERS.get(part, anything)})"
            seen.add(part)
    fixed = tuple(part for part in parts[::2] if part)
    numbers = sum(part in _NUMBERS for part in parts[1::2])
    return _Form(re.compile(pattern, re.DOTALL), fixed, chinese, numbers)


_NUMBER = r"[-+\N{MINUS SIGN}>]?[\d.,]*\d(?:e[-+]?\d+)?%?"
_NUMBERS = {
    "count": r"[\d,]+",
    "number": rf"{_NUMBER}(?: ± [\d.]+)?",
    "low": _NUMBER,
    "high": _NUMBER,
}
