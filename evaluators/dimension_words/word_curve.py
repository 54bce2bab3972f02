"""Run one cell of the skip-gram experiment: a corpus and a vocabulary, all n and seeds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.dimension.numeric_checks import rising, validate_seeds
from evaluators.dimension.theory import published_dimension
from evaluators.dimension.threshold import Threshold, threshold_of_replicates
from evaluators.dimension_words.counting import Tokens, count_pairs
from evaluators.dimension_words.fitting import Fits, Training, fit
from evaluators.dimension_words.objective import Objective, pairs_of
from evaluators.errors import DimensionError
from evaluators.progress import Progress
from evaluators.statistics import CONFIDENCE

LEVELS = (0.90, 0.95, 0.99)
_GRID = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128)


@dataclass(frozen=True, eq=False)
class WordCurve:
    """Held-out cross-entropy against n, and the n at which it stops falling.

    The gain of a seed at n is its unigram model's test loss minus the model's; its share is over
    that seed's largest gain on the grid. Each seed has a split of its own, so the intervals cover
    the corpus' parts as well as the first vectors.

    Attributes:
        vocabulary: N.
        ns: The grid, which includes the rule's n.
        rule_n: ⌈8.33 ln N⌉, at most N.
        unigram: Test loss of the unigram model by seed, nats per pair.
        fits: Results at each n.
        shares: Share of the gain, shape (seeds, ns).
        thresholds: The smallest n that keeps each level of the gain, with its interval.
        rule_loss: 1 − share at `rule_n` by seed: the share of the gain that the rule loses.
        best_n: The n with the largest mean share.
        still_rising: Whether the mean share rises by more than 1% over the last step of the grid.
            The gain, and with it every threshold, then is a lower bound.
        pairs: Number of pairs in the training, validation and test part, means over seeds.
        coverage: The share of the corpus' words that the vocabulary holds.
    """

    vocabulary: int
    ns: tuple[int, ...]
    rule_n: int
    unigram: tuple[float, ...]
    fits: tuple[Fits, ...]
    shares: tuple[tuple[float, ...], ...]
    thresholds: dict[float, Threshold]
    rule_loss: tuple[float, ...]
    best_n: int
    still_rising: bool
    pairs: tuple[float, float, float]
    coverage: float


def rule_of(vocabulary: int) -> int:
    """Return ⌈8.33 ln N⌉, or N where that is less."""
    return min(vocabulary, published_dimension(vocabulary))


def grid_of(vocabulary: int) -> tuple[int, ...]:
    """Return the default grid, 4 to 128 in steps of about √2, none above N."""
    return tuple(n for n in _GRID if n <= vocabulary) or (vocabulary,)


def sweep(
    tokens: Tokens,
    vocabulary: int,
    *,
    ns: Sequence[int] | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    window: int = 4,
    objective: Objective | None = None,
    training: Training | None = None,
    confidence: float = CONFIDENCE,
    device: str | None = None,
    progress: Progress | None = None,
) -> WordCurve:
    """Train every n and seed of one vocabulary, and find the n that each level needs.

    Args:
        tokens: The corpus, of `read_tokens`.
        vocabulary: N.
        ns: Dimensions, strictly rising, at most N; the rule's n is added. None: `grid_of`.
        seeds: Each draws a split and first vectors.
        window: Neighbours to each side.
        objective: Full softmax by default.
        training: Path and stopping rule.
        confidence: Coverage of the intervals.
        device: Torch device; None is the CPU.
        progress: Called after each n.

    Raises:
        DimensionError: The corpus or the grid does not fit, see `count_pairs`; or no n predicts
            held-out neighbours better than their frequency, so that there is no gain to share.
        ScoreError: A loss is NaN or infinite.
    """
    validate_seeds(seeds)
    counted = [count_pairs(tokens, vocabulary, window=window, seed=seed) for seed in seeds]
    pairs = pairs_of(counted, device)
    rule_n = rule_of(vocabulary)
    requested = grid_of(vocabulary) if ns is None else [int(n) for n in rising("ns", ns)]
    grid = tuple(sorted({*requested, rule_n}))
    if grid[0] < 1 or grid[-1] > vocabulary:
        raise DimensionError(f"n must be between 1 and {vocabulary}, got {grid[0]} to {grid[-1]}")
    work = [n + 8 for n in grid]  # softmax and products over N² cells, in units of one dimension
    fits = []
    for at, n in enumerate(grid):
        stage = f"word vectors, N = {vocabulary}, n = {n}"
        if progress is not None:
            progress(stage, sum(work[:at]), sum(work))
        fits.append(fit(pairs, n, seeds, objective=objective, training=training))
    if progress is not None:
        progress(f"word vectors, N = {vocabulary}", sum(work), sum(work))
    unigram = pairs.baseline[:, 2].numpy()
    shares = _shares(unigram, np.array([fitted.test for fitted in fits]).T)
    mean = shares.mean(axis=0)
    at_rule = grid.index(rule_n)
    first, second, third = pairs.pairs.mean(axis=0).tolist()
    return WordCurve(
        vocabulary=vocabulary,
        ns=grid,
        rule_n=rule_n,
        unigram=tuple(unigram.tolist()),
        fits=tuple(fits),
        shares=tuple(map(tuple, shares.tolist())),
        thresholds={
            level: threshold_of_replicates(grid, shares, level, confidence) for level in LEVELS
        },
        rule_loss=tuple((1 - shares[:, at_rule]).tolist()),
        best_n=grid[int(mean.argmax())],
        still_rising=bool(len(mean) > 1 and mean[-1] - mean[-2] > 0.01),
        pairs=(first, second, third),
        coverage=float(np.mean([split.coverage for split in counted])),
    )


def _shares(
    unigram: NDArray[np.float64],
    test: NDArray[np.float64],
) -> NDArray[np.float64]:
    gain = unigram[:, None] - test
    largest = gain.max(axis=1, keepdims=True)
    if largest.min() <= 0:
        raise DimensionError(
            "no n predicts held-out neighbours better than their frequency does: the words of the"
            " corpus do not depend on one another, or it is too short for the vocabulary"
        )
    return np.asarray(gain / largest)
