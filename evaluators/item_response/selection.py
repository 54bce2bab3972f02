"""Select the items that carry most information, and measure how well they rank other models."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError
from evaluators.item_response import two_parameter
from evaluators.item_response.two_parameter import LEAST_MODELS, ROUGH, Floats, TwoParameterFit

FOLDS = 5
LEAST_IN_FOLD = 4
LEAST_FOR_FOLDS = 12
"""Fewest models for folds: `LEAST_MODELS` to fit on, and `LEAST_IN_FOLD` to rank."""

_DRAWS = 20


class HeldOut(NamedTuple):
    """Agreement of rankings of models that a selection was not made with.

    Kendall's tau-b between a ranking by some items and that by all items; means over folds.

    Attributes:
        selected: By the most informative items; None where it could not be measured.
        at_random: By as many items drawn at random, the mean over draws; None with `selected`.
        folds: Number of folds over the models; 0 where it could not be measured.
        note: Why it could not; empty if it could.
    """

    selected: float | None
    at_random: float | None
    folds: int
    note: str = ""


def order_of(fitted: TwoParameterFit, informative: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Return the positions of the items that tell models apart, the most informative first.

    Items of negative discrimination carry information too, but counting right answers, as every
    ranking does, uses it the wrong way round: they are not selected.

    Args:
        fitted: The fitted model.
        informative: Which items have answers that differ between models.
    """
    chosen = np.flatnonzero(informative & (fitted.discrimination > 0))
    order: NDArray[np.int64] = chosen[np.argsort(-fitted.information[chosen], kind="stable")]
    return order


def held_out(responses: Floats, size: int, rng: np.random.Generator) -> HeldOut:
    """Measure how well selected items rank models that the selection did not see.

    The same noisy discriminations that select items also say how good the selection is. So the
    models are divided into folds, and each fold is ranked by items selected with the others.

    Args:
        responses: Shares of right answers, shape (models, items).
        size: How many items are selected.
        rng: Draws the folds and the random items.
    """
    n_models, n_items = responses.shape
    if n_models < LEAST_FOR_FOLDS:
        return HeldOut(
            None,
            None,
            0,
            f"whether selected examples rank other models well was not measured: that needs"
            f" {LEAST_FOR_FOLDS} models, {LEAST_MODELS} to select with and {LEAST_IN_FOLD} to rank"
            f" (there are {n_models})",
        )
    if size >= n_items:
        return HeldOut(
            None, None, 0, f"{size} examples are all there are ({n_items}): nothing is selected"
        )
    folds = min(FOLDS, n_models // LEAST_IN_FOLD)
    selected, at_random = [], []
    for fold in np.array_split(rng.permutation(n_models), folds):
        others, held = np.delete(responses, fold, axis=0), responses[fold]
        try:
            fitted = two_parameter.fit(others, tolerance=ROUGH)
        except ScoreError as error:
            return HeldOut(None, None, 0, f"no selection without some of the models: {error}")
        chosen = order_of(fitted, two_parameter.is_informative(others))[:size]
        selected.append(_agreement(held, chosen))
        at_random += [
            _agreement(held, rng.choice(n_items, len(chosen), replace=False)) for _ in range(_DRAWS)
        ]
    return HeldOut(float(np.mean(selected)), float(np.mean(at_random)), folds)


def _agreement(responses: Floats, items: NDArray[np.int64]) -> float:
    """Return Kendall's tau-b of the models' means over some items and over all; 0 if all tie."""
    from scipy.stats import kendalltau

    few, everything = responses[:, items].mean(axis=1), responses.mean(axis=1)
    if np.ptp(few) == 0 or np.ptp(everything) == 0:
        return 0.0
    return float(kendalltau(np.round(few, 12), np.round(everything, 12)).statistic)
