"""At which numbers of dimensions to look, where the caller does not say."""

from __future__ import annotations

from evaluators.dimension.retrieval.prediction import predicted_recall

RISE = (0.02, 0.99)
"""Recall at the ends of the default grid, as predicted for isotropic items."""


def geometric_dims(least: int, most: int, ratio: float) -> tuple[int, ...]:
    """Return whole numbers from `least` to `most`, each at least `ratio` times the last."""
    found = [least]
    while found[-1] < most:
        found.append(min(most, max(found[-1] + 1, round(found[-1] * ratio))))
    return tuple(found)


def dims_around_the_rise(items: int, rho: float, d: int, ratio: float = 1.1) -> tuple[int, ...]:
    """Return the numbers of dimensions between which recall is predicted to rise.

    Args:
        items: N.
        rho: Cosine of query and item.
        d: Dimensions before the projection: the most that are looked at.
        ratio: From one to the next.
    """
    low = high = 2
    while high < d and predicted_recall(high, items, rho) < RISE[1]:
        high = max(high + 1, int(high * 1.15))
        if predicted_recall(high, items, rho) < RISE[0]:
            low = high
    stretched = min(d, round(high * (1 + high / d)))  # finite d: see `cosine_law`
    return geometric_dims(low, max(stretched, min(d, low + 1)), ratio)
