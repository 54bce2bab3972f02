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
    mark("every run: {cut}"),
    mark("{count} of {runs} runs: {cut}"),
    mark("EXPLORATORY ({why}): {detail}"),
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

_TALLY = re.compile(r"([\d,]+) (\D+)")
_TALLIES = {
    "hold": mark("{count} hold"),
    "holds": mark("{count} hold"),
    "refuted": mark("{count} refuted"),
    "inconclusive": mark("{count} cannot tell"),
    "not testable here": mark("{count} not testable here"),
}
_CLAUSES = re.compile(r"; (?![^()]*\))")  # no end inside brackets
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
        if not any(_form(form, "").match(each) for form in RULE_FORMS):
            yield each


def _sentence(text: str) -> str:
    found = t(text)
    if found != text:
        return found
    return next((said for form in RULE_FORMS if (said := _form(form, t(form)).said(text))), text)


@lru_cache(maxsize=4096)
def _reason(text: str, language: str) -> str:
    return t("; ").join(_clause(each, language) for each in _CLAUSES.split(text))


def _clause(text: str, language: str) -> str:
    found = _core(text.strip(" ,."), language)
    if found is None:
        return text
    comma, stop = text.lstrip().startswith(","), text.endswith(".")
    return f"{t(', ') if comma else ''}{found}{'。' if stop else ''}"


def _core(text: str, language: str) -> str | None:
    if text in forms():
        return forms()[text]
    if text in UNITS:
        return t(text)
    tallies = [_TALLY.fullmatch(part) for part in text.split(", ")]
    if all(found and found[2] in _TALLIES for found in tallies):
        return t(", ").join(t(_TALLIES[found[2]], count=found[1]) for found in tallies if found)
    return next((said for form in _known(language) if (said := form.said(text))), None)


class _Form(NamedTuple):
    """A text with places, and what it is in the reader's language."""

    pattern: re.Pattern[str]
    fixed: tuple[str, ...]
    chinese: str

    def match(self, text: str) -> re.Match[str] | None:
        """Return how a text fits; a look for the fixed parts spares most of the patterns."""
        there = all(part in text for part in self.fixed)
        return self.pattern.fullmatch(text) if there else None

    def said(self, text: str) -> str | None:
        """Return a text that fits, in the reader's language."""
        found = self.match(text)
        if found is None:
            return None
        parts = {name: translated(part) for name, part in found.groupdict().items()}
        return self.chinese.format(**parts)


@cache
def _known(language: str) -> tuple[_Form, ...]:
    """Return the forms of reasons, those with more words of their own first."""
    known = {form: t(form) for form in FORMS} | dict(forms())
    found = [_form(form, chinese) for form, chinese in known.items()]
    return tuple(sorted(found, key=lambda form: -sum(map(len, form.fixed))))


@cache
def _form(form: str, chinese: str) -> _Form:
    """Return what matches a form with anything in its places, and a number where it counts."""
    parts = re.split(r"\{(\w+)\}", form)
    seen: set[str] = set()
    pattern = ""
    for place, part in enumerate(parts):
        if place % 2 == 0:
            pattern += re.escape(part)
        elif part in seen:
            pattern += f"(?P={part})"
        else:
            pattern += f"(?P<{part}>{_NUMBERS.get(part, '.+')})"
            seen.add(part)
    fixed = tuple(part for part in parts[::2] if part)
    return _Form(re.compile(pattern, re.DOTALL), fixed, chinese)


_NUMBERS = {"count": r"[\d,]+"}
