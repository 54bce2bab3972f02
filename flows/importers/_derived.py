"""Find columns that are computed from others: a mean, a sum or a rank, by arithmetic alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_CHANCE = 1e-3
"""Largest probability of agreeing by chance at which a column is taken for a computed one."""


@dataclass(frozen=True)
class Derived:
    """What a column is of others.

    Attributes:
        kind: `mean`, `sum` or `rank`.
        of: The names of the others.
    """

    kind: str
    of: tuple[str, ...]


def derived_columns(cells: Mapping[str, Sequence[str]]) -> dict[str, Derived]:
    """Return the columns that equal the mean, sum or rank of others to their printed digits.

    The others are those whose names begin with the column's (`ceval` beside `ceval-law`), or all.
    Rows with a gap decide nothing. Columns that agree by chance, as few rows of whole numbers may,
    and columns that are equal to each other, are not taken for computed ones.

    Args:
        cells: The n texts of each column: plain numbers, empty where there is none.
    """
    names = list(cells)
    if len(names) < 3:
        return {}
    x = np.array([[float(text) if text else np.nan for text in cells[n]] for n in names]).T
    step = np.array([_step(cells[name]) for name in names])
    found: dict[str, Derived] = {}
    for j, name in enumerate(names):
        parts = [i for i, other in enumerate(names) if i != j and _begins(other, name)]
        if len(parts) > 1 and (kind := _kind(x, step, j, parts)):
            found[name] = Derived(kind, tuple(names[i] for i in parts))
    leaves = [i for i, name in enumerate(names) if name not in found]
    for among in (leaves, list(range(len(names)))):
        matches = {}
        for j in among:
            others = [i for i in among if i != j]
            if names[j] not in found and len(others) > 1 and (kind := _kind(x, step, j, others)):
                matches[names[j]] = Derived(kind, tuple(names[i] for i in others))
        by_kind = [match.kind for match in matches.values()]
        found |= {n: match for n, match in matches.items() if by_kind.count(match.kind) == 1}
    return found


def _begins(name: str, group: str) -> bool:
    return bool(re.match(rf"{re.escape(group)}[^0-9A-Za-z]", name))


def _step(texts: Sequence[str]) -> float:
    """Return the last printed digit's unit, 0.01 for `61.25`; an exponent counts as exact."""
    digits = [len(text.partition(".")[2]) for text in texts if text and "e" not in text.lower()]
    return float(10.0 ** -max(digits, default=12))


def _kind(x: NDArray[np.float64], step: NDArray[np.float64], j: int, others: list[int]) -> str:
    """Return what column j of the (n, c) numbers is of the others; empty if it is nothing."""
    complete = ~np.isnan(x[:, [j, *others]]).any(axis=1)
    column, rest = x[complete, j], x[complete][:, others]
    telling = (rest != rest[:, :1]).any(axis=1)  # equal cells have themselves as their mean
    if len(set(column[telling].tolist())) < 2:
        return ""
    means, rounding = rest.mean(axis=1), step[others].max() / 2
    if len(column) > 2 and _is_rank(column, means):
        return "rank"
    spread = np.ptp(rest)
    for kind, computed, slack in (
        ("mean", means, step[j] / 2 + rounding),
        ("sum", rest.sum(axis=1), step[j] / 2 + rounding * len(others)),
    ):
        close = np.abs(column - computed) <= slack * (1 + 1e-6) + 1e-12
        if spread > 0 and close.all() and (2 * slack / spread) ** int(telling.sum()) <= _CHANCE:
            return kind
    return ""


def _is_rank(column: NDArray[np.float64], means: NDArray[np.float64]) -> bool:
    """Return whether a column counts rows: in their order, or by the mean of the others."""
    count = np.arange(1.0, len(column) + 1)
    return bool(np.array_equal(column, count)) or bool(
        np.array_equal(column, (means[None, :] > means[:, None]).sum(axis=1) + 1.0)
    )
