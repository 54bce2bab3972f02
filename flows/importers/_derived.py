"""Find columns that are computed from others: a mean, a sum or a rank, by arithmetic alone."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from flows.importers._derived_means import Table, computed_as, runs_like
from flows.importers._derived_ranks import is_count, ranked_by

_MOST_PAIRS = 100_000_000  # products of rows and pairs of columns: a few seconds
_MOST_RUNS = 500_000_000  # products of rows, columns and pairs that begin and end a run


@dataclass(frozen=True)
class Derived:
    """What a column is of others.

    Attributes:
        kind: `mean`, `sum` or `rank`.
        of: The names of the others.
    """

    kind: str
    of: tuple[str, ...]


_Found = Mapping[str, Derived]


def derived_columns(cells: Mapping[str, Sequence[str]]) -> dict[str, Derived]:
    """Return the columns that equal the mean, sum or rank of others to their printed digits.

    The others of a mean are those whose names begin with the column's (`ceval` beside `ceval-law`),
    all, or a run of neighbours: of columns that are not computed, of all, or of those that are
    part of none found before, such as the means of groups. Rows with a gap decide nothing. What may
    be chance, as in few rows of whole numbers, is not taken for computed, and neither are columns
    that are equal to each other.

    Args:
        cells: The n texts of each column: plain numbers, empty where there is none.
    """
    names = tuple(cells)
    if len(names) < 3 or not_looked_for(len(cells[names[0]]), len(names)) == _ALL:
        return {}
    x = np.array([[float(text) if text else np.nan for text in cells[n]] for n in names]).T
    table = Table(names, x, np.array([_step(cells[name]) for name in names]))
    found = _named_groups(table)
    while new := _next(table, found):
        found |= new
    return found


_ALL, _OF_RUNS = "means of others", "means of neighbouring columns"


def not_looked_for(rows: int, columns: int) -> str:
    """Return what is not looked for in a large table, in words; empty where everything is."""
    if rows * columns**2 > _MOST_PAIRS:
        return _ALL
    return _OF_RUNS if rows * columns**3 > _MOST_RUNS else ""


def _step(texts: Sequence[str]) -> float:
    """Return the last printed digit's unit, 0.01 for `61.25`; an exponent counts as exact."""
    digits = [len(text.partition(".")[2]) for text in texts if text and "e" not in text.lower()]
    return float(10.0 ** -max(digits, default=12))


def _next(table: Table, found: _Found) -> dict[str, Derived]:
    """Return columns that are computed from others, besides those found."""
    ranks = {name for name, what in found.items() if what.kind == "rank"}
    parts = {part for name in found.keys() - ranks for part in found[name].of}
    every = list(enumerate(table.names))
    leaves = [j for j, name in every if name not in found]
    tops = [j for j, name in every if name not in parts | ranks]
    orders = [leaves]
    orders += [order for order in ([j for j, _ in every], tops) if order != leaves]
    return (
        next((new for order in orders if (new := _of_all_others(table, order, found))), {})
        or _ranks(table, leaves, found)
        or next((new for order in orders if (new := _of_runs(table, order, found))), {})
    )


def _named_groups(table: Table) -> dict[str, Derived]:
    """Return the columns that are computed from those whose names begin with theirs."""
    found = {}
    for j, name in enumerate(table.names):
        parts = [i for i, other in enumerate(table.names) if i != j and _begins(other, name)]
        if len(parts) > 1 and (kind := computed_as(table, j, parts, tried=1, expected=True)):
            found[name] = Derived(kind, table.named(parts))
    return found


def _begins(name: str, group: str) -> bool:
    return bool(re.match(rf"{re.escape(group)}[^0-9A-Za-z]", name))


def _of_all_others(table: Table, order: Sequence[int], found: _Found) -> dict[str, Derived]:
    """Return the one column of each kind that is computed from all others of an order."""
    matches = {}
    for j in order:
        name, others = table.names[j], [i for i in order if i != j]
        if name in found or len(others) < 2 or _rests_on(name, table.named(others), found):
            continue
        if kind := computed_as(table, j, others, tried=len(order), expected=True):
            matches[name] = Derived(kind, table.named(others))
    kinds = [match.kind for match in matches.values()]
    return {name: match for name, match in matches.items() if kinds.count(match.kind) == 1}


def _of_runs(table: Table, order: Sequence[int], found: _Found) -> dict[str, Derived]:
    """Return the columns that are computed from neighbours in an order."""
    if len(order) < 4 or not_looked_for(len(table.x), len(table.names)):
        return {}
    new: dict[str, Derived] = {}
    tried = len(order) * (len(order) - 1) * (len(order) - 2) // 2
    for j in order:
        name = table.names[j]
        if name in found:
            continue
        for run in runs_like(table, j, [i for i in order if i != j]):
            of = table.named(run)
            if _rests_on(name, of, {**found, **new}):
                continue
            if kind := computed_as(table, j, run, tried=tried, expected=False):
                new[name] = Derived(kind, of)
                break
    return new


def _rests_on(name: str, others: Sequence[str], found: _Found) -> bool:
    """Return whether one of the others is computed from a column, directly or not."""
    resting = {name}
    while more := {n for n, what in found.items() if resting & {*what.of}} - resting:
        resting |= more
    return bool(resting & {*others})


def _ranks(table: Table, leaves: Sequence[int], found: _Found) -> dict[str, Derived]:
    """Return the columns that count rows: by the mean of all, a computed column or a neighbour."""
    new = {}
    counting = [j for j in leaves if is_count(table.x[:, j])]
    scores = [j for j in leaves if j not in counting]
    wholes = [j for j, name in enumerate(table.names) if name in found]
    for j in counting:
        beside = [i for i in (j - 1, j + 1) if 0 <= i < len(table.names) and i not in counting]
        if scores and (of := ranked_by(table, j, scores, list(dict.fromkeys((*wholes, *beside))))):
            new[table.names[j]] = Derived("rank", table.named(of))
    return new
