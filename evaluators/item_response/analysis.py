"""Analyse the items of a test: difficulty, discrimination, broken ones, the most informative."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.errors import ScoreError
from evaluators.item_response import two_parameter
from evaluators.item_response.broken import BrokenTest, find_broken
from evaluators.item_response.selection import HeldOut, held_out, order_of
from evaluators.item_response.two_parameter import ROUGH, Floats, TwoParameterFit

TOP = 200
"""How many of the most informative items are selected unless another number is given."""


@dataclass(frozen=True)
class ItemAnalysis:
    """What the answers of many models say about single items.

    Attributes:
        responses: Share of right answers, shape (models, items).
        fitted: The two-parameter model.
        informative: Whether the answers to an item differ between models, shape (items,). The
            discrimination of the others is nothing but the prior's.
        everybody_right: Number of items that all models always get right.
        nobody_right: Number of items that no model ever gets right.
        negative: Number of informative items whose estimated discrimination is below 0.
        negative_expected: The same where every item discriminates alike, by simulation.
        test: The test for broken items.
        order: Positions of the items that tell models apart, the most informative first: those
            that are informative and whose discrimination is above 0.
        top: How many of them are selected.
        held_out: How well the selection ranks models that it was not made with.
    """

    responses: Floats
    fitted: TwoParameterFit
    informative: NDArray[np.bool_]
    everybody_right: int
    nobody_right: int
    negative: int
    negative_expected: float
    test: BrokenTest
    order: NDArray[np.int64]
    top: int
    held_out: HeldOut

    @property
    def selected(self) -> NDArray[np.int64]:
        """Positions of the selected items, the most informative first."""
        return self.order[: self.top]

    @property
    def cumulative(self) -> Floats:
        """Share of all information in the first items of `order`, shape (len(order),)."""
        total = np.cumsum(self.fitted.information[self.order])
        shares: Floats = total / total[-1] if len(total) else total
        return shares


def analyse(
    responses: ArrayLike, seeds: ArrayLike | None = None, *, top: int = TOP, seed: int
) -> ItemAnalysis:
    """Analyse the items that some models answered.

    Args:
        responses: Share of right answers of each model to each item, shape (models, items).
        seeds: Number of runs behind each model's shares, shape (models,); None: one each.
        top: How many items are selected.
        seed: Seed of the simulation, of the folds over models, and of the random selections.

    Raises:
        ScoreError: There are too few models, they do not differ, or shares are not in [0, 1].
    """
    right = two_parameter.validated(responses)
    runs = np.ones(len(right), dtype=np.int64) if seeds is None else np.asarray(seeds)
    if runs.shape != (len(right),) or (runs < 1).any():
        raise ScoreError(f"each of {len(right)} models needs a number of runs of at least 1")
    if top < 1:
        raise ScoreError(f"the number of selected items must be at least 1, got {top}")
    rng = np.random.default_rng(seed)
    fitted = two_parameter.fit(right)
    informative = two_parameter.is_informative(right)
    return ItemAnalysis(
        responses=right,
        fitted=fitted,
        informative=informative,
        everybody_right=int((right == 1).all(axis=0).sum()),
        nobody_right=int((right == 0).all(axis=0).sum()),
        negative=int((fitted.discrimination[informative] < 0).sum()),
        negative_expected=_negative_by_chance(right, runs, fitted, informative, rng),
        test=find_broken(right),
        order=order_of(fitted, informative),
        top=top,
        held_out=held_out(right, top, rng),
    )


def _negative_by_chance(
    right: Floats,
    runs: NDArray[np.int64],
    fitted: TwoParameterFit,
    informative: NDArray[np.bool_],
    rng: np.random.Generator,
) -> float:
    """Return how many discriminations come out negative where all of them are alike.

    Fitted discriminations are off by what their prior and the few models do to them. That common
    one is simulated whose fitted ones have the mean of ours, after one correction.
    """
    mean = float(fitted.discrimination[informative].mean())
    common, below = mean, 0.0
    for _ in range(2):
        chance = fitted.probability(fitted.ability, max(0.0, common))[:, informative]
        drawn = _drawn(chance, runs, _likeness(right[:, informative], chance, runs), rng)
        differs = two_parameter.is_informative(drawn)
        if not differs.any():
            return 0.0
        again = two_parameter.fit(drawn, tolerance=ROUGH).discrimination[differs]
        common, below = common + mean - float(again.mean()), float((again < 0).mean())
    return below * float(informative.sum())


def _likeness(right: Floats, chance: Floats, runs: NDArray[np.int64]) -> float:
    """Return how alike the seeds of one model answer: 0 independent, 1 always the same.

    Of n independent answers with chance p a share y has a mean y (1 - y) of p (1 - p) (n - 1)/n;
    of n answers that are always the same it is 0.
    """
    several = runs > 1
    if not several.any():
        return 1.0
    spread = (right * (1 - right))[several].sum()
    expected = ((chance * (1 - chance)).sum(axis=1) * (runs - 1) / runs)[several].sum()
    return float(np.clip(1 - spread / expected, 0, 1))


def _drawn(
    chance: Floats, runs: NDArray[np.int64], likeness: float, rng: np.random.Generator
) -> Floats:
    """Draw shares of right answers, shape as `chance`."""
    several = runs[:, None]
    shares = rng.binomial(np.broadcast_to(several, chance.shape), chance) / several
    same = (rng.random(chance.shape) < chance).astype(np.float64)
    drawn: Floats = np.where(rng.random(chance.shape) < likeness, same, shares)
    return drawn
