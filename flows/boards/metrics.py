"""Say what a number in a result file is, by the name of its metric: `data/metrics.yaml`."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import yaml

from flows.bundled import bundled

Kind = Literal[
    "score",
    "aggregate",
    "error",
    "loss",
    "cost",
    "count",
    "rank",
    "threshold",
    "standard error",
    "text statistic",
]

_LONGEST = 5  # words of a phrase

NUMBER = "number"
"""The name of metrics that are called by a number alone, such as a length of context."""


@dataclass(frozen=True)
class MetricFacts:
    """What is known about a metric.

    Attributes:
        kind: What its numbers are. Only a `score` is one.
        better: `higher`, `lower`, or empty where neither is better.
        low: Smallest possible value, as a proportion where there is a perfect score; None: none.
        high: Largest possible value; None where there is none.
        rate: Whether it is a proportion or per cent of something although it may exceed 1.
        unit: The perfect score that all libraries write; None where it varies.
        source: Where the definition stands.
    """

    kind: Kind
    better: str = ""
    low: float | None = None
    high: float | None = None
    rate: bool = False
    unit: float | None = None
    source: str = ""

    @property
    def unbounded_cost(self) -> bool:
        """Whether less is better and nothing bounds it, so that there is no unit - x."""
        return self.better == "lower" and self.high is None and not self.rate

    @property
    def reason(self) -> str:
        """Why it is not imported as it is, in words; empty for a score of which more is better."""
        if self.kind == "score":
            return "" if self.better == "higher" else "less is better"
        if self.better == "lower" and self.kind in ("error", "loss", "cost"):
            return "less is better"
        return {
            "aggregate": "a mean of other columns",
            "cost": "a cost, not a score",
            "count": "a count, not a score",
            "rank": "a rank, not a score",
            "threshold": "a threshold, not a score",
            "standard error": "the error of another number",
            "text statistic": "a length of texts, not a score",
        }[self.kind]


@dataclass(frozen=True)
class _Table:
    around: frozenset[str]
    tasks: tuple[str, ...]
    names: dict[str, MetricFacts]
    phrases: dict[tuple[str, ...], MetricFacts]
    within: dict[tuple[str, ...], MetricFacts]


@lru_cache(maxsize=10_000)
def metric_facts(name: str) -> MetricFacts | None:
    """Return what is known about a metric, or None if its name says nothing.

    The whole name decides first, then a phrase in it that no score is named after (the longest),
    and last the name without words such as `eval` or `macro`, and without numbers such as the 10
    of `ndcg@10`.
    """
    table = _table()
    for words in (_words(name), _words(_split_capitals(name))):
        if not words:
            continue
        joined = " ".join(words)
        if joined in table.names:
            return table.names[joined]
        if (facts := _by_phrase(words, table.phrases)) is not None:
            return facts
        core = [word for word in words if word not in table.around and not word.isdigit()]
        for inner in (core, [word for word in words if not word.isdigit()]):
            if " ".join(inner) in table.names:
                return table.names[" ".join(inner)]
        if not core:
            return table.names[NUMBER if all(word.isdigit() for word in words) else "score"]
        if (facts := _by_phrase(words, table.within)) is not None:
            return facts
    return None


def phrase_facts(name: str) -> MetricFacts | None:
    """Return what a phrase in a name says that names no score, or None.

    For columns that are named after a task: `CoLA` is not a metric, `latency_ms` is no task, and
    `Error Detection` is one.
    """
    table = _table()
    if name.casefold().rstrip().endswith(table.tasks):
        return None
    for words in (_words(name), _words(_split_capitals(name))):
        facts = table.names.get(" ".join(words))
        if facts is not None and facts.reason:
            return facts
        if (facts := _by_phrase(words, table.phrases)) is not None:
            return facts
    return None


def _by_phrase(
    words: Sequence[str], phrases: Mapping[tuple[str, ...], MetricFacts]
) -> MetricFacts | None:
    """Return the facts of the longest phrase in a name."""
    for length in range(min(_LONGEST, len(words)), 0, -1):
        for start in range(len(words) - length + 1):
            facts = phrases.get(tuple(words[start : start + length]))
            if facts is not None:
                return facts
    return None


def _words(name: str) -> list[str]:
    plain = unicodedata.normalize("NFKD", name).casefold()
    plain = "".join(sign for sign in plain if unicodedata.category(sign) != "Mn")  # Fréchet
    plain = re.sub(r"(?<!\w)#(?=\s*\w)", " number of ", plain)
    plain = plain.replace("%", " percent ").replace("++", " plus plus ")
    return re.findall(r"[^\W_]+", plain) or plain.split()  # "#" is a name too


def _split_capitals(name: str) -> str:
    """Return `WordErrorRate` as `Word Error Rate`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", name)


@cache
def _table() -> _Table:
    content = yaml.safe_load(bundled("data", "metrics.yaml").read_text(encoding="utf-8"))
    names: dict[str, MetricFacts] = {}
    phrases: dict[tuple[str, ...], MetricFacts] = {}
    within: dict[tuple[str, ...], MetricFacts] = {}
    for entry in content["metrics"]:
        facts = _facts(entry)
        for name in entry.get("names", ()):
            names.setdefault(" ".join(_words(str(name))), facts)
        for phrase in entry.get("phrases", ()):
            phrases.setdefault(tuple(_words(phrase)), facts)
        for phrase in entry.get("within", ()):
            within.setdefault(tuple(_words(phrase)), facts)
    return _Table(frozenset(content["around"]), tuple(content["tasks"]), names, phrases, within)


def _facts(entry: dict[str, Any]) -> MetricFacts:
    low, high = entry.get("range", (None, None))
    return MetricFacts(
        kind=entry["kind"],
        better=entry.get("better", ""),
        low=low,
        high=high,
        rate=entry.get("rate", False),
        unit=entry.get("unit"),
        source=entry["source"],
    )
