"""Similarities of labelled pairs, as encoders give them, drawn by a seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Drawn = tuple[NDArray[np.float64], NDArray[np.bool_]]
NEW = 10_000
"""Pairs that a threshold is tried on after it was found."""


class Case(NamedTuple):
    """One random case.

    Attributes:
        scores: On which the threshold is found, (n,), in −1…1.
        labels: (n,).
        new_scores: On which it is tried, (10,000,).
        new_labels: Of the same distribution.
    """

    scores: NDArray[np.float64]
    labels: NDArray[np.bool_]
    new_scores: NDArray[np.float64]
    new_labels: NDArray[np.bool_]


def draw(spread: str, pairs: int, seed: int) -> Case:
    """Return a case: its share of positives, place, distance and noise are random, too.

    Args:
        spread: `wide`: tanh of normal numbers, all over −1…1, as trained encoders have it;
            `crowded`: near 1, as an encoder without training has it (anisotropy).
        pairs: n.
        seed: Of everything.
    """
    rng = np.random.default_rng(seed)
    share, place = rng.uniform(0.2, 0.6), rng.uniform(0, 1)
    distance, noise = rng.uniform(0.2, 1.5), rng.uniform(0.2, 0.8)

    def sample(n: int) -> Drawn:
        labels = rng.random(n) < share
        depth = distance * labels + noise * rng.normal(size=n)
        return SPREADS[spread](place, depth), labels

    return Case(*sample(pairs), *sample(NEW))


def _wide(place: float, depth: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.tanh(1.5 * place - 0.5 + depth)


def _crowded(place: float, depth: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.maximum(1 - np.exp(-1 - 3 * place - depth), -1.0), dtype=np.float64)


SPREADS: dict[str, Callable[[float, NDArray[np.float64]], NDArray[np.float64]]] = {
    "wide": _wide,
    "crowded": _crowded,
}
