"""Read what files state about models beside their scores, and say what could not be read."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from evaluators.model_facts.facts import FACTS, SIZES, Fact
from flows.boards.fact_values import read_fact
from flows.boards.foreign_files import Problems
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, DraftRow, Stated, many

STEPS = ("trajectory", "step")
"""Facts that say which rows are steps of one training run; an option of its own leaves them out."""

_UNKNOWN = {
    *("", "-", "--", "–", "—", "?", "n/a", "na", "nan", "none", "null", "unknown", "undefined"),
    *("not specified", "not stated", "not available", "no_revision_available", "external", "tbd"),
}
"""Texts that say that a fact is unknown; `other` as a licence is a licence."""


def fact_value(name: str, stated: Stated) -> float | bool | str | None:
    """Return a fact's value from what a file states: text or a JSON value; None for unknown.

    Raises:
        LeaderboardError: It is not a value of that fact.
    """
    value, kind = stated.value, FACTS[name].kind
    if value is None:
        return None
    if isinstance(value, (list, tuple)):
        if kind != "text" or not all(isinstance(item, (str, type(None))) for item in value):
            raise LeaderboardError(f"{name} must be a {kind}, got a list")
        value = ", ".join(dict.fromkeys(item.strip() for item in value if item))
    if isinstance(value, bool):
        if kind != "flag":
            raise LeaderboardError(f"{name} must be a {kind}, got {value}")
        return value
    if isinstance(value, (int, float)):
        if isinstance(value, float) and not math.isfinite(value):
            return None  # mteb writes Infinity for models without a limit
        whole = isinstance(value, float) and value.is_integer() and abs(value) < 2**53
        value = str(int(value)) if whole else repr(value)[:40]
    if not isinstance(value, str):
        raise LeaderboardError(f"{name} must be a {kind}, got {type(value).__name__}")
    text = value.strip()
    if text.casefold() in _UNKNOWN or "\0" in text or _stands_for_unknown(name, text):
        return None
    if name == "base_model" and text.startswith(("/", "./", "../", "~")):
        return None  # a place on somebody's disk
    return read_fact(name, text, factor=stated.factor)


def _stands_for_unknown(name: str, text: str) -> bool:
    """Return whether a size is 0 or negative, or a share is negative."""
    if name not in SIZES and name != "zero_shot":
        return False
    try:
        number = float(text)
    except ValueError:
        return False
    return number < 0 or (number == 0 and name in SIZES)


def facts_of(
    rows: Sequence[DraftRow], board_source: str, asked: Asked, problems: Problems, notes: list[str]
) -> tuple[dict[str, Fact], ...]:
    """Return the facts of each row.

    Args:
        rows: The rows, with what files state of them.
        board_source: Where the snapshot was read, to which the source of a fact is added.
        asked: The options of the import.
        problems: Receives what cannot be read, if the import is strict.
        notes: Receives what was read, and what was left unknown.
    """
    every: list[dict[str, Fact]] = []
    unread: dict[str, list[str]] = {}
    zeros: Counter[str] = Counter()
    for row in rows:
        facts = {}
        for name, stated in row.facts.items():
            if asked.no_facts and name not in STEPS:
                continue
            try:
                value = fact_value(name, stated)
            except LeaderboardError as error:
                unread.setdefault(name, []).append(f"{row.model} ({str(stated.value)[:40]!r})")
                if asked.strict:
                    problems.add(row.where, str(error)[:300])
                continue
            if value is not None:
                source = f"{board_source}: {stated.source}" if stated.source else ""
                facts[name] = Fact(value, source)
            elif _stands_for_unknown(name, str(stated.value).strip()):
                zeros[name] += 1
        every.append(facts)
    notes += _notes(every, unread, zeros, asked)
    return tuple(every)


def _notes(
    every: Sequence[Mapping[str, Fact]],
    unread: Mapping[str, Sequence[str]],
    zeros: Mapping[str, int],
    asked: Asked,
) -> list[str]:
    notes = []
    # an import says steps of training runs by itself
    counts = Counter(name for facts in every for name in facts if name not in STEPS)
    if counts:
        listed = ", ".join(f"{name} ({counts[name]})" for name in FACTS if name in counts)
        notes.append(f"facts about {many(len(every), 'row')}, which are no scores: {listed}")
    for name, count in sorted(zeros.items()):
        least = "of 0 or less" if name in SIZES else "below 0"
        notes.append(f"{name}: {many(count, 'value')} {least} taken as unknown")
    for name, places in sorted(unread.items()):
        notes.append(
            f"{name}: {many(len(places), 'value')} cannot be read and left unknown:"
            f" {asked.listed(places)}"
        )
    return notes
