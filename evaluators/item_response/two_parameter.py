"""Fit the two-parameter logistic model: how hard each item is, and how well it tells models apart.

P(right) = 1 / (1 + exp(-a (θ - b))), with θ ~ N(0, 1) over the models (Birnbaum 1968). It is fitted
by marginal maximum likelihood: an EM algorithm (Bock and Aitkin 1981) with a weak prior on the
items. In our data a few models answer thousands of items, so that the ability of a model is known
far more exactly than any fixed grid is fine: on one, each model would stay at the node where it
began. The nodes are therefore placed anew in each round, around every model's own posterior
(adaptive Gauss-Hermite quadrature, Naylor and Smith 1982).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.errors import ScoreError

Floats = NDArray[np.float64]

LEAST_MODELS = 8
"""Fewest models that a fit takes: with fewer, a discrimination is little but its prior."""

PRIOR_MEAN, PRIOR_SD = 1.0, 1.0
"""Normal prior of a discrimination; it allows negative ones, which broken items have."""

INTERCEPT_SD = 3.0
"""Standard deviation of the normal prior of an intercept, -a b, around 0."""

_NODES, _NODES_FOR_FEW, _FEW_ITEMS = 3, 9, 300  # posteriors from many items are all but normal
TOLERANCE = 1e-5
"""Root mean square change of the items' parameters below which a fit has settled."""

ROUGH = 1e-3
"""The same for fits of which only an order or a sign is used, in half of the rounds."""

_MOST_ROUNDS = 1000
_HALVINGS = 30
_SLACK = 1e-12  # rounding of a sum over thousands of items
_SMALLEST_SLOPE = 1e-3  # a difficulty -c/a is finite, whatever a is


@dataclass(frozen=True)
class TwoParameterFit:
    """The fitted model.

    Attributes:
        discrimination: a of each item, shape (items,).
        discrimination_error: Its standard error.
        intercept: Logit of a right answer at the mean ability, -a b.
        difficulty: b, the ability at which half of the answers are right. Where a is about 0 no
            ability is, and its standard error is huge.
        difficulty_error: Its standard error, by the delta method.
        information: Fisher information a² P (1 - P) about the ability of a model, averaged over
            the models, shape (items,).
        ability: Of each model, in standard deviations around their mean, shape (models,).
        ability_error: Its standard error where the items' parameters are exact.
        rounds: Rounds of EM until nothing moved.
    """

    discrimination: Floats
    discrimination_error: Floats
    intercept: Floats
    difficulty: Floats
    difficulty_error: Floats
    information: Floats
    ability: Floats
    ability_error: Floats
    rounds: int

    def probability(self, ability: Floats, discrimination: float) -> Floats:
        """Return P(right) if every item had this discrimination, shape (abilities, items)."""
        from scipy.special import expit

        values: Floats = expit(discrimination * ability[:, None] + self.intercept)
        return values


class _Posterior(NamedTuple):
    """The abilities of models as weighted nodes, each of shape (models, nodes)."""

    at: Floats
    weights: Floats

    @property
    def mean(self) -> Floats:
        values: Floats = (self.weights * self.at).sum(axis=1)
        return values

    @property
    def variance(self) -> Floats:
        values: Floats = (self.weights * (self.at - self.mean[:, None]) ** 2).sum(axis=1)
        return values


def validated(responses: ArrayLike) -> Floats:
    """Return responses as numbers.

    Args:
        responses: Share of right answers of each model to each item, in [0, 1], shape
            (models, items).

    Raises:
        ScoreError: They are not such shares, there are fewer than `LEAST_MODELS`, or models do not
            differ in any item.
    """
    matrix = np.asarray(responses, dtype=np.float64)
    if matrix.ndim != 2 or not np.isfinite(matrix).all() or ((matrix < 0) | (matrix > 1)).any():
        raise ScoreError(
            "responses must be shares of right answers in [0, 1], one row for each model and one"
            f" column for each item, got an array of shape {matrix.shape}"
        )
    if len(matrix) < LEAST_MODELS:
        raise ScoreError(
            f"items need the answers of at least {LEAST_MODELS} models, got {len(matrix)}: score"
            " more checkpoints, methods or sizes of the training set on the same examples"
        )
    if not is_informative(matrix).any():
        raise ScoreError(
            f"all {len(matrix)} models answer every item alike: score models that differ"
        )
    return matrix


def is_informative(responses: Floats) -> NDArray[np.bool_]:
    """Return for each item whether its answers differ between models, shape (items,)."""
    differs: NDArray[np.bool_] = np.ptp(responses, axis=0) > 0
    return differs


def fit(responses: ArrayLike, *, tolerance: float = TOLERANCE) -> TwoParameterFit:
    """Fit the model to the answers of some models.

    Args:
        responses: As for `validated`. A share counts as that part of a right answer, as if the
            runs behind it were one: standard errors are rather too large for shares.
        tolerance: Root mean square change of the items' parameters that counts as settled.

    Raises:
        ScoreError: As in `validated`, or the fit does not settle.
    """
    right = validated(responses)
    differs = is_informative(right)
    share = np.clip(right.mean(axis=0), 0.02, 0.98)
    a = np.full(right.shape[1], PRIOR_MEAN)
    c = np.log(share / (1 - share))
    ability = _standard(right[:, differs].mean(axis=1))
    nodes = _NODES_FOR_FEW if right.shape[1] < _FEW_ITEMS else _NODES
    for rounds in range(1, _MOST_ROUNDS + 1):
        posterior = _posterior(right, a, c, ability, nodes)
        # That abilities have mean 0 and variance 1 holds of these models, not only of their
        # prior: the few of them would pull thousands of items to its scale in a great many rounds.
        centre = posterior.mean.mean()
        scale = np.sqrt(posterior.variance.mean() + posterior.mean.var())
        posterior = posterior._replace(at=(posterior.at - centre) / scale)
        new_a, new_c = _newton_step(right, a, c, posterior)
        moved = np.sqrt(np.mean((new_a - a) ** 2 + (new_c - c) ** 2))
        a, c, ability = new_a, new_c, posterior.mean
        if moved < tolerance:
            return _fitted(right, a, c, posterior, rounds)
    raise ScoreError(
        f"the item response model did not settle in {_MOST_ROUNDS} rounds (it still moves by"
        f" {moved:.2g}): score models that differ more, or more examples"
    )


def _standard(values: Floats) -> Floats:
    spread = values.std()
    centred: Floats = values - values.mean()
    return centred / spread if spread > 0 else centred


def _posterior(right: Floats, a: Floats, c: Floats, ability: Floats, nodes: int) -> _Posterior:
    """Return the posterior of every ability, given the items."""
    from scipy.special import expit, logsumexp

    def height(places: Floats) -> Floats:
        logit = np.outer(places, a) + c
        values: Floats = (right * logit - _softplus(logit)).sum(axis=1) - places**2 / 2
        return values

    mode = ability
    for _ in range(2):  # from the last round's abilities, which are close
        p = expit(np.outer(mode, a) + c)
        step = ((right - p) @ a - mode) / ((p * (1 - p)) @ a**2 + 1)
        mode = mode + _uphill(partial(_shifted, height, mode, step), len(mode)) * step
    p = expit(np.outer(mode, a) + c)
    curvature = (p * (1 - p)) @ a**2 + 1
    t, w = np.polynomial.hermite.hermgauss(nodes)
    at = mode[:, None] + np.sqrt(2 / curvature)[:, None] * t
    logit = at[..., None] * a + c  # models × nodes × items
    likelihood = np.einsum("mi,mki->mk", right, logit) - _softplus(logit).sum(axis=2)
    log_weights = likelihood - at**2 / 2 + t**2 + np.log(w)
    return _Posterior(at, np.exp(log_weights - logsumexp(log_weights, axis=1, keepdims=True)))


def _shifted(
    height: Callable[[Floats], Floats], start: Floats, step: Floats, length: Floats
) -> Floats:
    return height(start + length * step)


def _newton_step(
    right: Floats, a: Floats, c: Floats, posterior: _Posterior
) -> tuple[Floats, Floats]:
    """Return the items after one step uphill; with normal priors the hill has one top."""
    at, weights = posterior.at.ravel(), posterior.weights.ravel()
    by_ability, count = posterior.mean @ right, right.sum(axis=0)
    p = _probabilities(a, c, posterior)
    slope_a = by_ability - (weights * at) @ p - (a - PRIOR_MEAN) / PRIOR_SD**2
    slope_c = count - weights @ p - c / INTERCEPT_SD**2
    aa, ac, cc = _complete_information(p, posterior)
    determinant = aa * cc - ac**2
    step_a = (cc * slope_a - ac * slope_c) / determinant
    step_c = (aa * slope_c - ac * slope_a) / determinant

    def height(length: Floats) -> Floats:
        slope, place = a + length * step_a, c + length * step_c
        values: Floats = (
            slope * by_ability
            + place * count
            - weights @ _softplus(np.outer(at, slope) + place)
            - ((slope - PRIOR_MEAN) / PRIOR_SD) ** 2 / 2
            - (place / INTERCEPT_SD) ** 2 / 2
        )
        return values

    length = _uphill(height, len(a))
    return a + length * step_a, c + length * step_c


def _uphill(height: Callable[[Floats], Floats], count: int) -> Floats:
    """Return how much of each Newton step to take: halved until it does not lead downhill.

    Where answers are all but certain the hill is so flat that a whole step lands far beyond it.

    Args:
        height: Returns the heights after such shares of the steps, each of shape (count,).
        count: Number of steps.
    """
    start, length = height(np.zeros(count)), np.ones(count)
    for _ in range(_HALVINGS):
        downhill = height(length) < start - _SLACK * np.abs(start)
        if not downhill.any():
            return length
        length = np.where(downhill, length / 2, length)
    return np.where(downhill, 0.0, length)


def _probabilities(a: Floats, c: Floats, posterior: _Posterior) -> Floats:
    """Return P(right) at every node, shape (models × nodes, items)."""
    from scipy.special import expit

    values: Floats = expit(np.outer(posterior.at.ravel(), a) + c)
    return values


def _complete_information(p: Floats, posterior: _Posterior) -> tuple[Floats, Floats, Floats]:
    """Return the information about a, a with c, and c if abilities were seen, with the prior's."""
    at, weights = posterior.at.ravel(), posterior.weights.ravel()
    aa, ac, cc = np.stack([weights * at**2, weights * at, weights]) @ (p * (1 - p))
    return aa + 1 / PRIOR_SD**2, ac, cc + 1 / INTERCEPT_SD**2


def _softplus(logit: Floats) -> Floats:
    """Return log(1 + exp(logit)), four times as fast as np.logaddexp."""
    values: Floats = np.log(1 + np.exp(-np.abs(logit))) + np.maximum(logit, 0)
    return values


def _fitted(
    right: Floats, a: Floats, c: Floats, posterior: _Posterior, rounds: int
) -> TwoParameterFit:
    p = _probabilities(a, c, posterior)
    aa, ac, cc = _complete_information(p, posterior)
    p = p.reshape(*posterior.at.shape, -1)
    # What is not known of the abilities is missing in the information (Louis 1982).
    score = right[:, None, :] - p
    weights, at = posterior.weights[..., None], posterior.at[..., None]
    first, second = (weights * score * at).sum(axis=1), (weights * score).sum(axis=1)
    aa = aa - ((weights * (score * at) ** 2).sum(axis=1) - first**2).sum(axis=0)
    ac = ac - ((weights * score**2 * at).sum(axis=1) - first * second).sum(axis=0)
    cc = cc - ((weights * score**2).sum(axis=1) - second**2).sum(axis=0)
    determinant = aa * cc - ac**2
    var_a, var_c, cov = cc / determinant, aa / determinant, -ac / determinant
    slope = np.where(np.abs(a) < _SMALLEST_SLOPE, np.copysign(_SMALLEST_SLOPE, a), a)
    b = -c / slope
    var_b = (var_c + b**2 * var_a + 2 * b * cov) / slope**2
    information = a**2 * (weights * p * (1 - p)).sum(axis=1).mean(axis=0)
    fitted = TwoParameterFit(
        discrimination=a,
        discrimination_error=np.sqrt(var_a),
        intercept=c,
        difficulty=b,
        difficulty_error=np.sqrt(var_b),
        information=information,
        ability=posterior.mean,
        ability_error=np.sqrt(posterior.variance),
        rounds=rounds,
    )
    if not all(np.isfinite(values).all() for values in vars(fitted).values()):
        raise ScoreError("the item response model has no standard errors: score more models")
    return fitted
