"""Say what an evaluator measures: the words of its file, levels, smoke runs, claims about it."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from functools import cache
from typing import Any, NamedTuple

from evaluators import claims, registry
from evaluators.articles import ARTICLES, Article
from evaluators.claims import Claim, RowsOf
from evaluators.evaluator import LEVELS


class Described(NamedTuple):
    """What an evaluator is.

    Attributes:
        name: Its name in a plan.
        first: First paragraph of its file's docstring, on one line.
        words: All of that docstring.
        file: Path of its file in the repository.
    """

    name: str
    first: str
    words: str
    file: str


def describe(evaluator: str) -> Described | None:
    """Return what an evaluator is; None where no evaluator here has the name."""
    if evaluator not in registry.names():
        return None
    found = registry.find(evaluator)
    module = type(found).__module__
    words = inspect.getdoc(inspect.getmodule(type(found))) or ""
    first = " ".join(words.split("\n\n", 1)[0].split())
    return Described(evaluator, first, words, f"{module.replace('.', '/')}.py")


def smoke(evaluator: str, parameters: Iterable[str]) -> str:
    """Return in what runs have less than the default budget, in words; empty where none has.

    Args:
        evaluator: Name of their evaluator.
        parameters: The parameters of each run, as JSON.
    """
    if evaluator not in registry.names():
        return ""
    found = registry.find(evaluator)
    cuts = [found.cut(json.loads(each)) for each in parameters]
    short = [cut for cut in cuts if cut]
    if not short:
        return ""
    which = "every run" if len(short) == len(cuts) else f"{len(short)} of {len(cuts)} runs"
    return f"{which}: {', '.join(dict.fromkeys(short))}"


def evaluators_of(claim: Claim[Any]) -> tuple[str, ...]:
    """Return the evaluators whose results a claim is judged on, as far as its evidence says."""
    on = claim.evidence
    if not isinstance(on, RowsOf):
        return ()
    patterns = on.among.get("evaluator", ())
    prefix = re.sub(r"_[a-z]+$", "", on.view)
    named = {on.view, *(f"{prefix}_{each}" for each in on.among.get("experiment", ()))}
    return tuple(
        name
        for name in registry.names()
        if name in named or any(fnmatchcase(name, pattern) for pattern in patterns)
    )


def levels(evaluator: str, parameters: Iterable[str]) -> tuple[str, ...]:
    """Return what runs can speak for, the level that says least first.

    Args:
        evaluator: Name of their evaluator.
        parameters: The parameters of each run, as JSON.
    """
    if evaluator not in registry.names():
        return ()
    found = registry.find(evaluator)
    there = {found.level(json.loads(each)) for each in parameters}
    return tuple(level for level in LEVELS if level in there)


@cache
def _judged() -> Mapping[str, tuple[Claim[Any], ...]]:
    """Return the claims on each evaluator; looking them up in the files takes a while."""
    found: dict[str, list[Claim[Any]]] = {}
    for claim in map(claims.find, claims.names()):
        for evaluator in evaluators_of(claim):
            found.setdefault(evaluator, []).append(claim)
    return {evaluator: tuple(on) for evaluator, on in found.items()}


def claims_on(evaluator: str) -> tuple[str, ...]:
    """Return the claims that are judged on an evaluator's results, sorted."""
    return tuple(claim.name for claim in _judged().get(evaluator, ()))


def articles_on(evaluator: str) -> tuple[Article, ...]:
    """Return the articles that make claims on an evaluator's results, the oldest first."""
    numbers = {claim.article for claim in _judged().get(evaluator, ())}
    return tuple(each for each in ARTICLES if each.number in numbers)
