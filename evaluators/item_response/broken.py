"""Find items that better models get wrong more often: wrong labels, for example.

With a few models the standard error of a discrimination is no test of its sign. A permutation test
is exact for any number of them: were an item unrelated to what the others measure, every order of
the models would be as likely.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evaluators.item_response.two_parameter import Floats, is_informative

ALPHA = 0.05
"""Largest q-value of an item that is listed as broken."""

_EXACT_UP_TO = 40  # models; the table of one pattern of ties grows with their fourth power


@dataclass(frozen=True)
class BrokenTest:
    """The test of every item; those without a difference between models have p and q of 1.

    Attributes:
        rest_difference: Mean share that models which are right get of the other items, minus that
            of models which are wrong, shape (items,); 0 where all models answer alike.
        p_value: One-sided, small where better models are wrong more often.
        q_value: Corrected for all tested items (Benjamini and Yekutieli 2001), which holds
            however they depend on each other.
        broken: Whether q is below `ALPHA`.
    """

    rest_difference: Floats
    p_value: Floats
    q_value: Floats
    broken: NDArray[np.bool_]


def find_broken(responses: Floats) -> BrokenTest:
    """Test for each item whether models with a better rest score get it wrong more often.

    Args:
        responses: Shares of right answers, shape (models, items), as `validated` returns them.
    """
    from scipy.stats import false_discovery_control

    n_items = responses.shape[1]
    tested = is_informative(responses)
    p_value, q_value, difference = np.ones(n_items), np.ones(n_items), np.zeros(n_items)
    rest = rest_scores(responses)[:, tested]
    p_value[tested] = rank_p_values(responses[:, tested], rest)
    q_value[tested] = false_discovery_control(p_value[tested], method="by")
    right = responses[:, tested]
    share = rest / max(n_items - 1, 1)
    difference[tested] = (right * share).sum(axis=0) / right.sum(axis=0) - (
        (1 - right) * share
    ).sum(axis=0) / (1 - right).sum(axis=0)
    return BrokenTest(difference, p_value, q_value, q_value < ALPHA)


def rest_scores(responses: Floats) -> Floats:
    """Return how much of all other items each model gets right, shape (models, items)."""
    rest: Floats = responses.sum(axis=1, keepdims=True) - responses
    return np.round(rest, 9)  # sums of thirds that are equal must tie


def rank_p_values(responses: Floats, scores: Floats) -> Floats:
    """Return the p-value that models with higher scores are right less often, shape (items,).

    Answers of 0 and 1 are tested exactly (Mann and Whitney 1947, ties included) up to 40 models.
    Shares, and more models, take the normal approximation with the exact variance over all
    permutations, which in its far tail gives larger p-values than there are.

    Args:
        responses: Shares of right answers, shape (models, items), of items that differ.
        scores: What models are ranked by, of the same shape.
    """
    from scipy.special import ndtr
    from scipy.stats import rankdata

    n = len(responses)
    ranks = rankdata(scores, axis=0)
    binary = np.isin(responses, (0.0, 1.0)).all(axis=0)
    # For shares, their ranks: the statistic is then Spearman's.
    answers = np.where(binary, responses, rankdata(responses, axis=0))
    centred_ranks = ranks - ranks.mean(axis=0)
    centred = answers - answers.mean(axis=0)
    variance = (centred_ranks**2).sum(axis=0) * (centred**2).sum(axis=0) / (n - 1)
    total = (centred_ranks * centred).sum(axis=0)
    # All scores may tie: then nothing is better, and p is 1.
    spread = np.sqrt(np.where(variance > 0, variance, np.inf))
    p_values: Floats = np.where(variance > 0, ndtr(total / spread), 1.0)
    if n <= _EXACT_UP_TO:
        p_values[binary] = _exact(responses[:, binary], ranks[:, binary])
    return p_values


def _exact(right: Floats, ranks: Floats) -> Floats:
    """Return the chance that as many models drawn at random have no higher sum of ranks."""
    doubled = np.rint(2 * ranks).astype(np.int64)  # middle ranks of ties are halves
    count = np.rint(right.sum(axis=0)).astype(np.int64)
    observed = (doubled * (right > 0)).sum(axis=0)
    p_values = np.ones(right.shape[1])
    patterns, of_item = np.unique(np.sort(doubled, axis=0), axis=1, return_inverse=True)
    for place in range(patterns.shape[1]):
        items = np.flatnonzero(of_item == place)
        below = np.cumsum(_sums(patterns[:, place]), axis=1)
        p_values[items] = below[count[items], observed[items]] / below[count[items], -1]
    return p_values


def _sums(values: NDArray[np.int64]) -> Floats:
    """Return how many choices of j values have the sum s, shape (values + 1, largest sum + 1)."""
    counts = np.zeros((len(values) + 1, int(values.sum()) + 1))
    counts[0, 0] = 1
    for taken, value in enumerate(values):
        counts[1 : taken + 2, value:] += counts[: taken + 1, : counts.shape[1] - value].copy()
    return counts
