"""Kemeny: the order that contradicts the columns least, over all pairs of models; exact.

An order pays, for each pair, one for every column that has the two the other way round. Among n
models the best of n! orders is found by dynamic programming over subsets, after the board is cut
into groups each of which beats all that follow in every duel (extended Condorcet criterion): such
groups never mix in a best order.

Several orders may be best. The score is minus a model's mean place over all of them, so that a
model is not put before its equal by chance; where it is not a whole number the order is not unique.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging.rules._cells import duels
from evaluators.errors import TreatmentError

NO_WEIGHTS = "it counts columns in whole numbers; copeland has them"
GAPS = False
ORDER = True

LARGEST = 18
"""Maximum size of a group of models that beat each other in cycles: 2^18 subsets take a second."""

LARGEST_BOARD = 2000
"""Maximum number of models, which have n × n duels."""


def score(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return (n,) minus the mean place over all best orders of (n, g).

    Raises:
        TreatmentError: If a group has more than `LARGEST` models, or the board more than
            `LARGEST_BOARD`.
    """
    n = len(values)
    if n > LARGEST_BOARD:
        raise TreatmentError(
            f"the rule kemeny is for small boards, of at most {LARGEST_BOARD} models, not {n}; use"
            " copeland or borda"
        )
    margins = np.concatenate([margin for _, margin in duels(values)])
    places = np.empty(n)
    before = 0
    for group in _groups(margins):
        if len(group) > LARGEST:
            raise TreatmentError(
                f"the rule kemeny is exact and orders at most {LARGEST} models that beat each"
                f" other in circles, but {len(group)} of the {n} do; rank fewer models, or use"
                " copeland or borda"
            )
        places[group] = before + _mean_places(margins[np.ix_(group, group)].astype(np.int64))
        before += len(group)
    return -places


def _groups(margins: NDArray[np.int32]) -> list[NDArray[np.intp]]:
    """Return the smallest groups that each beat every model of the later ones, best first."""
    # Models with more wins and draws come first; a group ends where it beats all that follow.
    reach = (margins >= 0).sum(axis=1)
    order = np.argsort(-reach, kind="stable")
    beaten = margins[np.ix_(order, order)] > 0
    n = len(order)
    ends, furthest = [], 0
    for i in range(n):
        unbeaten = np.flatnonzero(~beaten[i])
        furthest = max(furthest, i, int(unbeaten.max(initial=0)))
        if furthest == i:
            ends.append(i + 1)
    return np.split(order, ends[:-1]) if n else []


def _mean_places(margins: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return (n,) mean places, 1 for the best, over all best orders of a small group."""
    n = len(margins)
    if n == 1:
        return np.ones(1)
    subsets = np.arange(1 << n)
    size = np.zeros(1 << n, dtype=np.int64)
    for k in range(n):
        size += (subsets >> k) & 1
    layers = [np.flatnonzero(size == k) for k in range(n + 1)]

    # pays[i, S]: the cost, up to a constant, of placing i after all of S.
    pays = np.zeros((n, 1 << n), dtype=np.int64)
    for k in range(n):
        pays[:, 1 << k : 2 << k] = pays[:, : 1 << k] + np.maximum(margins[:, k], 0)[:, None]

    best = np.full(1 << n, np.iinfo(np.int64).max // 2)
    best[0] = 0
    ways = np.zeros(1 << n)
    ways[0] = 1
    for layer in layers[:-1]:
        for i in range(n):
            before = layer[(layer >> i) & 1 == 0]
            after, cost = before | 1 << i, best[before] + pays[i, before]
            ways[after] = np.where(cost < best[after], 0, ways[after]) + np.where(
                cost <= best[after], ways[before], 0
            )
            best[after] = np.minimum(best[after], cost)

    onward = np.zeros(1 << n)
    onward[-1] = 1
    places = np.zeros(n)
    for layer in reversed(layers[:-1]):
        for i in range(n):
            before = layer[(layer >> i) & 1 == 0]
            after = before | 1 << i
            ways_on = np.where(best[before] + pays[i, before] == best[after], onward[after], 0)
            onward[before] += ways_on
            places[i] += (size[after] * ways_on * ways[before]).sum()
    return np.asarray(places / ways[-1])
