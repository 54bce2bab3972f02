"""Sets of exponents p for which a statement holds, as ranges with open or closed ends.

These are parts of the real line; an estimate with its confidence interval is
`evaluators.statistics.Interval`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple


class _Cut(NamedTuple):
    """A cut of the number line: just before `at`, or just after it."""

    at: float
    after: bool


@dataclass(frozen=True)
class ExponentRange:
    """The exponents between two ends.

    Attributes:
        low: Lower end, may be −inf.
        high: Upper end, may be inf; equal to `low` for a single point.
        has_low: Whether the lower end is included.
        has_high: Whether the upper end is included.
    """

    low: float
    high: float
    has_low: bool = False
    has_high: bool = False

    def __contains__(self, p: float) -> bool:
        above = p > self.low or (self.has_low and p == self.low)
        return above and (p < self.high or (self.has_high and p == self.high))

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{{{_format(self.low)}}}"
        left, right = "[" if self.has_low else "(", "]" if self.has_high else ")"
        return f"{left}{_format(self.low)}, {_format(self.high)}{right}"

    @property
    def cuts(self) -> tuple[_Cut, _Cut]:
        """The cuts where the range begins and ends."""
        return _Cut(self.low, not self.has_low), _Cut(self.high, self.has_high)


@dataclass(frozen=True)
class ExponentSet:
    """A set of exponents: ranges that neither overlap nor touch, in order.

    Attributes:
        parts: The ranges, lowest first; none for the empty set.
    """

    parts: tuple[ExponentRange, ...] = ()

    @classmethod
    def of(cls, *parts: ExponentRange) -> ExponentSet:
        """Return the union of any ranges, overlapping or not."""
        return cls.union(ExponentSet((part,)) for part in parts)

    @classmethod
    def points(cls, *points: float) -> ExponentSet:
        """Return the set of these exponents."""
        return cls.of(*(ExponentRange(p, p, True, True) for p in points))

    @classmethod
    def union(cls, sets: Iterable[ExponentSet]) -> ExponentSet:
        """Return the union of the sets."""
        return _select(sets, lambda depth: depth > 0)

    def __and__(self, other: ExponentSet) -> ExponentSet:
        return _select([self, other], lambda depth: depth == 2)

    def __sub__(self, other: ExponentSet) -> ExponentSet:
        return self & _select([other], lambda depth: depth == 0)

    def __contains__(self, p: float) -> bool:
        return any(p in part for part in self.parts)

    def __bool__(self) -> bool:
        return bool(self.parts)

    def __iter__(self) -> Iterator[ExponentRange]:
        return iter(self.parts)

    def __str__(self) -> str:
        return " or ".join(str(part) for part in self.parts) if self.parts else "nowhere"


EVERYWHERE = ExponentSet((ExponentRange(-math.inf, math.inf),))
"""All of (−inf, inf)."""


def depths(sets: Iterable[ExponentSet]) -> list[tuple[ExponentRange, int]]:
    """Cut the line where any set begins or ends, and count the sets that hold each piece.

    Returns:
        The pieces of (−inf, inf) in order, neighbours with different numbers.
    """
    turns: dict[_Cut, int] = {}
    for exponent_set in sets:
        for part in exponent_set.parts:
            for cut, turn in zip(part.cuts, (1, -1), strict=True):
                turns[cut] = turns.get(cut, 0) + turn
    begin, end = EVERYWHERE.parts[0].cuts
    pieces: list[tuple[ExponentRange, int]] = []
    depth, last = turns.pop(begin, 0), begin
    for cut in [*sorted(cut for cut, turn in turns.items() if turn and cut != end), end]:
        pieces.append((_between(last, cut), depth))
        depth, last = depth + turns.get(cut, 0), cut
    return pieces


def _select(sets: Iterable[ExponentSet], test: Callable[[int], bool]) -> ExponentSet:
    parts: list[ExponentRange] = []
    for part, depth in depths(sets):
        if not test(depth):
            continue
        if parts and parts[-1].cuts[1] == part.cuts[0]:
            part = _between(parts.pop().cuts[0], part.cuts[1])
        parts.append(part)
    return ExponentSet(tuple(parts))


def _between(begin: _Cut, end: _Cut) -> ExponentRange:
    return ExponentRange(begin.at, end.at, not begin.after, end.after)


def _format(x: float) -> str:
    return f"{x:g}" if math.isinf(x) or x == int(x) else f"{x:.4f}"
