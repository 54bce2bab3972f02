"""Read settings such as `dimension 64, dtype float32`: which number is swept, what they share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

_NUMBER = re.compile(
    r"(?<![^\s(=/])[-+\N{MINUS SIGN}]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?"
    r"(?![^\s,)/%])"
)
_GAP = "#"


class Swept(NamedTuple):
    """One number in a setting.

    Attributes:
        name: What it counts: the words before it in its part, or else those after it.
        value: The number.
        rest: The setting with a gap in its place: equal rests differ in this number alone.
    """

    name: str
    value: float
    rest: str


class Place(NamedTuple):
    """Where a setting is drawn: at a number of a panel."""

    panel: str
    value: float


def parts(setting: str) -> list[str]:
    """Split a setting at its commas."""
    return [part for part in setting.split(", ") if part]


def numbers(setting: str) -> list[Swept]:
    """Return every number of a setting, in order."""
    found = []
    for match in _NUMBER.finditer(setting):
        start = setting.rfind(", ", 0, match.start())
        before = setting[0 if start < 0 else start + 2 : match.start()].strip()
        after = setting[match.end() :].split(", ", 1)[0].strip()
        rest = f"{setting[: match.start()]}{_GAP}{setting[match.end() :]}"
        text = match[0].replace(",", "").replace("\N{MINUS SIGN}", "-")
        found.append(Swept(before or after or "number", float(text), rest))
    return found


def sweeps(settings: Iterable[str]) -> list[str]:
    """Return the names of numbers that alone differ between some settings, the longest first."""
    values: dict[tuple[str, str], set[float]] = {}
    for setting in dict.fromkeys(settings):
        for each in numbers(setting):
            values.setdefault((each.name, each.rest), set()).add(each.value)
    longest: Counter[str] = Counter()
    for (name, _), seen in values.items():
        longest[name] = max(longest[name], len(seen))
    return [name for name, count in longest.most_common() if count > 1]


def places(settings: Sequence[str], along: str) -> dict[str, Place]:
    """Return the panel and place of every setting that differs from another in `along` alone.

    Args:
        settings: Settings, each once.
        along: Name of the number.
    """
    found = {
        setting: Place(each.rest, each.value)
        for setting in settings
        for each in numbers(setting)
        if each.name == along
    }
    count = Counter(place.panel for place in found.values())
    return {setting: place for setting, place in found.items() if count[place.panel] > 1}


def short(settings: Sequence[str]) -> tuple[str, list[str]]:
    """Return the parts that all settings share, and of each setting the others.

    The only setting of an experiment is shared as a whole, and its rest is empty.
    """
    split = [parts(setting) for setting in settings]
    shared = [part for part in (split[0] if split else []) if all(part in own for own in split)]
    return ", ".join(shared), [
        ", ".join(part for part in own if part not in shared) for own in split
    ]
