"""Write long names on several lines of an axis, and say which of them are still cut."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import altair as alt

from dashboard.charts.drawing import ON_PHONE

_ENDS = re.compile(r"(?<=[-_/:,.=|+\s])|(?<=[a-z0-9])(?=[A-Z])")
"""Where a name may be broken: after a separator, and before a capital inside of a word."""


_LINE, _SLANTED = 11, 13  # pixels from one line of a name to the next, and from a slanted name


class Room(NamedTuple):
    """The room for a name.

    Attributes:
        width: Most characters of a line.
        lines: Most lines.
    """

    width: int
    lines: int

    def wrap(self, name: str) -> list[str]:
        """Return a name on as many lines as it may have; the last ends in … where it is cut."""
        lines = [""]
        for part in _parts(" ".join(name.split()), self.width):
            if len(lines[-1]) + len(part.rstrip()) <= self.width:
                lines[-1] += part
            else:
                lines.append(part)
        lines = [line.strip() for line in lines]
        if len(lines) <= self.lines:
            return lines
        kept, last = lines[: self.lines - 1], lines[self.lines - 1]
        return [*kept, f"{last[: self.width - 1]}…"]

    def is_cut(self, name: str) -> bool:
        """Return whether a name has more characters than there is room for."""
        return self.wrap(name)[-1].endswith("…") and not name.endswith("…")

    def cut(self, names: Iterable[str]) -> list[str]:
        """Return the names that are cut."""
        return [name for name in names if self.is_cut(name)]

    def longest(self, names: Sequence[str]) -> int:
        """Return how many characters the longest line of the names has."""
        return max((len(line) for name in names for line in self.wrap(name)), default=0)

    def most_lines(self, names: Sequence[str]) -> int:
        """Return how many lines the name with the most lines takes."""
        return max((len(self.wrap(name)) for name in names), default=1)


_WIDE = 20  # columns up to which each is wide enough for two lines above it


def room_above(names: Sequence[str]) -> Room:
    """Return the room for the slanted names above columns."""
    return Room(30, 2) if len(names) <= _WIDE else Room(44, 1)


def _parts(name: str, width: int) -> list[str]:
    """Return the parts of a name at whose ends it may be broken, none longer than a line."""
    return [
        part[start : start + width]
        for part in _ENDS.split(name)
        for start in range(0, len(part), width)
    ]


def label_options(names: Mapping[Hashable, str], room: Room) -> dict[str, Any]:
    """Return the options of an axis whose values are labelled with wrapped names.

    Args:
        names: The name of each value of the axis.
        room: The room for a name.
    """
    wrapped = _wrapped(names, room)
    return _options(wrapped, f"{json.dumps(wrapped)}[datum.value]")


def options_above(names: Mapping[Hashable, str], room: Room) -> dict[str, Any]:
    """Return the options of an axis above columns, each with its slanted name.

    Names above columns that are too narrow for two lines have one. Where a line is too much, as on
    a phone, names are upright, and every second or third column has one: tooltips have the others.

    Args:
        names: The name of each column.
        room: The room for a name.
    """
    wrapped = _wrapped(names, room)
    on_one_line = json.dumps(_wrapped(names, Room(room.width * room.lines, 1)))
    places = json.dumps({at: place for place, at in enumerate(wrapped)})
    for_two = f"width >= {2 * _SLANTED * len(names)}"
    is_named = f"{places}[datum.value] % ceil({_SLANTED * len(names)} / width) == 0"
    label = (
        f"{for_two} ? {json.dumps(wrapped)}[datum.value]"
        f" : {is_named} ? {on_one_line}[datum.value] : ''"
    )
    return {
        **_options(wrapped, label, for_two),
        "orient": "top",
        "labelAlign": "left",
        # Not by the width of the columns, which itself hangs on how far the names reach.
        "labelAngle": alt.expr(f"{ON_PHONE} ? -90 : -60"),
    }


def _wrapped(names: Mapping[Hashable, str], room: Room) -> dict[str, list[str]]:
    return {str(at): room.wrap(name) for at, name in names.items()}


def _options(wrapped: Mapping[str, list[str]], label: str, if_: str = "true") -> dict[str, Any]:
    """Return the options for labels that may have two lines, where a condition is true."""
    several = json.dumps([at for at, lines in wrapped.items() if len(lines) > 1])
    return {
        # Vega draws a list of texts as lines. JSON, since a name may have any characters.
        "labelExpr": label,
        "labelLimit": 0,
        "labelOverlap": False,
        "labelLineHeight": _LINE,
        # The first of two lines stands above the middle, or the second would be in the next row.
        "labelBaseline": {
            "condition": {
                "test": f"{if_} && indexof({several}, toString(datum.value)) >= 0",
                "value": "bottom",
            },
            "value": "middle",
        },
    }
