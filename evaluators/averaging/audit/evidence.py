"""What speaks for a rule: how many rows it may miss, how long it is, what the rows cannot show."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.audit.rule import Rule


def misses(rows: int) -> int:
    """Return how many rows a rule may miss: they may be corrupt."""
    return 0 if rows < 6 else max(1, rows // 10)


def bits_of(columns: int, denominator: int) -> float:
    """Return what it takes to write down whole weights that add up to a denominator, in bits."""
    return math.log2(math.comb(denominator + columns - 1, columns - 1)) + 2 * math.log2(
        denominator + 1
    )


def interchangeable(
    x: NDArray[np.float64], rule: Rule, tolerance: float
) -> tuple[tuple[str, str], ...]:
    """Return pairs of columns between which weight could move and no row would show it."""
    pairs = []
    k = np.array(rule.numerators)
    for a in range(len(k)):
        for b in range(a + 1, len(k)):
            share = max(k[a], k[b]) / rule.denominator
            if share and np.abs(x[:, a] - x[:, b]).max() * share <= tolerance / 2:
                pairs.append((rule.columns[a], rule.columns[b]))
    return tuple(pairs)
