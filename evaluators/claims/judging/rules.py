"""How does a measured difference become a verdict, and which difference could it have seen?

A claim of a gain has a margin m > 0, the smallest gain worth the name, at most half of what was
published. Two one-sided tests at 5% decide (Schuirmann 1987):

- *holds*: the difference is above m,
- *refuted*: it is below 0, or inside ±m, which is no difference worth the name,
- *inconclusive*: neither can be excluded.

So more data never turn a true *holds* into *refuted*. Where seeds are added after a look at the
verdict, the looks share the 5% between them (`alpha_of_look`), so that however often somebody
looks, an error is made in 5% of cases at most.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from evaluators.statistics import Interval

ALPHA = 0.05
"""Chance of each one-sided test to be wrong, over all looks at one question together."""

FIRST_LOOK = 0.8
"""Share of `ALPHA` that the first look spends; most questions are asked once."""

POWER = 0.8
_MOST_UNITS = 1_000_000

Decision = Literal["holds", "refuted", "inconclusive"]


class Ruling(NamedTuple):
    """What a rule makes of a difference.

    Attributes:
        word: The decision.
        p_value: Of the one-sided test that comes nearest to a decision, times what its look costs.
        why: "no difference" where it is refuted because it lies inside the margin; else empty.
    """

    word: Decision
    p_value: float
    why: str = ""


def alpha_of_look(look: int) -> float:
    """Return the share of `ALPHA` that a look may spend; over all looks they add up to 1.

    Args:
        look: 1 for the first look at a question, 2 for the next with more evidence.
    """
    if look == 1:
        return FIRST_LOOK
    return (1 - FIRST_LOOK) * 6 / math.pi**2 / (look - 1) ** 2


def gain(found: Interval, margin: float, *, look: int = 1) -> Ruling:
    """Decide whether a difference is a gain worth the name.

    Args:
        found: The difference, with an interval of Student's t.
        margin: m, above 0.
        look: How many times this question has been asked, this time included.
    """
    holds = _above(found, margin)
    below, inside = _below(found, 0.0), max(_above(found, -margin), _below(found, margin))
    cost = 1 / alpha_of_look(look)
    p_value = min(1.0, cost * min(holds, below, inside))
    if p_value > ALPHA:
        return Ruling("inconclusive", p_value)
    if holds <= min(below, inside):
        return Ruling("holds", p_value)
    return Ruling("refuted", p_value, "" if below <= inside else "no difference")


def equal(found: Interval, center: float, margin: float, *, look: int = 1) -> Ruling:
    """Decide whether a number lies within a margin of another; refuted where it lies outside.

    Args:
        found: The number, with an interval of Student's t.
        center: What it is compared with.
        margin: How far off is still the same, above 0.
        look: As for `gain`.
    """
    inside = max(_above(found, center - margin), _below(found, center + margin))
    outside = min(1.0, 2 * min(_above(found, center + margin), _below(found, center - margin)))
    p_value = min(1.0, min(inside, outside) / alpha_of_look(look))
    if p_value > ALPHA:
        return Ruling("inconclusive", p_value)
    return Ruling("holds" if inside <= outside else "refuted", p_value)


def bound(estimate: float, low: float, high: float) -> float:
    """Return the nearer end of what counts as equal: the number that decides an equality.

    Args:
        estimate: The number.
        low: The smallest number that is still the same.
        high: The largest.
    """
    return low if abs(estimate - low) < abs(estimate - high) else high


def side(found: Interval, *, look: int = 1) -> Ruling:
    """Decide whether a number is above 0 (holds) or below (refuted), each at 2.5%."""
    above, below = _above(found, 0.0), _below(found, 0.0)
    p_value = min(1.0, 2 * min(above, below) / alpha_of_look(look))
    if p_value > ALPHA:
        return Ruling("inconclusive", p_value)
    return Ruling("holds" if above < below else "refuted", p_value)


def no_worse(found: Interval, margin: float, *, look: int = 1) -> Ruling:
    """Decide whether a difference is above −m (holds) or below it (refuted), each at 2.5%.

    Args:
        found: The difference, with an interval of Student's t.
        margin: m, the largest loss that is none, above 0.
        look: As for `gain`.
    """
    low, high = found.ends
    return side(
        found._replace(estimate=found.estimate + margin, low=low + margin, high=high + margin),
        look=look,
    )


def smallest_detectable(found: Interval, margin: float, power: float = POWER) -> float:
    """Return the smallest true difference that would have come out as *holds* so often.

    Args:
        found: The difference that was measured; its standard error and n count.
        margin: m of the rule.
        power: How often, from 0 to 1.
    """
    if not found.standard_error:
        return margin
    return margin + _noncentrality(_freedom(found), power) * found.standard_error


def units_needed(found: Interval, margin: float, effect: float, power: float = POWER) -> int | None:
    """Return how many seeds (or other units) would find a true effect; None beyond a million.

    Args:
        found: The difference that was measured on `n` units.
        margin: m of the rule.
        effect: The true difference, above the margin.
        power: How often it should come out as *holds*.
    """
    seeds_error = math.sqrt(max(0.0, found.standard_error**2 - found.floor**2))
    spread = seeds_error * math.sqrt(found.n)
    low, high = 1, 2

    def finds(n: int) -> bool:
        # More units leave the floor as it is: that part of the error belongs to the examples.
        error = math.hypot(found.floor, spread / math.sqrt(n))
        return effect - margin >= _noncentrality(n - 1, power) * error

    while not finds(high):
        low, high = high, 2 * high
        if high > _MOST_UNITS:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if finds(middle) else (middle, high)
    return high


def most_wrong(q_values: Sequence[float]) -> float:
    """Return how many of some decided verdicts are expected to be wrong at most.

    Args:
        q_values: Of every verdict that a test decided.
    """
    return len(q_values) * max(q_values, default=0.0)


def expected_wrong(q_values: Sequence[float]) -> str:
    """Return in words how many of some decided verdicts are expected to be wrong.

    Of the verdicts up to a q-value at most that share is wrong in expectation (Benjamini and
    Yekutieli 2001), whatever their dependence.

    Args:
        q_values: Of every verdict that a test decided.
    """
    if not q_values:
        return "no verdict rests on a test, so none is expected to be wrong by chance"
    most = most_wrong(q_values)
    return (
        f"of {len(q_values)} verdicts that a test decided, at most {most:.1f} are expected to be"
        " wrong by chance (Benjamini and Yekutieli); the others rest on exact or printed numbers"
    )


@lru_cache(maxsize=1024)
def _noncentrality(freedom: float, power: float) -> float:
    from scipy.special import nctdtrinc, stdtrit

    critical = float(stdtrit(freedom, 1 - ALPHA * FIRST_LOOK))
    return float(nctdtrinc(freedom, 1 - power, critical))


def _above(found: Interval, number: float) -> float:
    """Return the p-value against the hypothesis that the true value is `number` or less."""
    return _below(Interval(-found.estimate, *_mirrored(found)), -number)


def _mirrored(found: Interval) -> tuple[float, float, int, float | None]:
    low, high = found.ends
    return -high, -low, found.n, found.freedom


def _below(found: Interval, number: float) -> float:
    """Return the p-value against the hypothesis that the true value is `number` or more."""
    from scipy.special import stdtr

    error = found.standard_error
    if not error:  # every unit gave the same number
        return 0.0 if found.estimate < number else 1.0
    return float(stdtr(_freedom(found), (found.estimate - number) / error))


def _freedom(found: Interval) -> float:
    if found.freedom is None:
        raise ValueError("a rule needs an interval of Student's t")
    return found.freedom
