"""CAN: alternating normalisation of unsure predictions (arXiv 2109.13449).

Alternating normalisation of unsure predictions (CAN, arXiv 2109.13449; kexue.fm/archives/8728).
Each unsure row u joins the confident rows C; then, `iterations` times, all rows are raised to
alpha, the columns normalised, multiplied with the prior and the rows normalised. The last row is
the new prediction. Confident rows stay as they are, and no unsure row sees another one.

After t rounds row c is c^(α^t) ∘ d(u) · r(c, u), for column factors d and a row factor r: so the
rounds need two matrix products over all unsure rows, and the first round the column sums of C.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import MethodError
from evaluators.names import validate_known

Probabilities = NDArray[np.float64]


def uncertainty(probabilities: Probabilities, k: int) -> Probabilities:
    """Return each row's entropy over its best `k` classes, renormalised, divided by log k.

    Args:
        probabilities: Shape (n, classes).
        k: 2 or more; all classes, where there are fewer.
    """
    classes = probabilities.shape[1]
    if k < classes:
        best = np.partition(probabilities, classes - k, axis=1)[:, classes - k :]
    else:
        k, best = classes, probabilities
    best = best / best.sum(axis=1, keepdims=True)
    entropy: Probabilities = -(best * _log(best)).sum(axis=1) / np.log(k)
    return entropy


def official_uncertainty(probabilities: Probabilities) -> Probabilities:
    """Return each row's largest `uncertainty` over all k from 2 to all classes.

    https://github.com/KMnP/can, `get_confused_instances_topk`, calls a row confused where any of
    them reaches the threshold. With S the sum of the best k and E that of p log p, the entropy
    of the best k is log S − E / S: one cumulative sum gives all k.
    """
    best = -np.sort(-probabilities, axis=1)
    mass = best.cumsum(axis=1)[:, 1:]
    entropy = np.log(mass) - (best * _log(best)).cumsum(axis=1)[:, 1:] / mass
    largest: Probabilities = (entropy / np.log(np.arange(2, best.shape[1] + 1))).max(axis=1)
    return largest


def _log(values: Probabilities) -> Probabilities:
    # 0 log 0 is 0.
    return np.log(values, out=np.zeros_like(values), where=values > 0)


Confusion = Literal["article", "official"]
Floats = NDArray[np.float64]

_CELLS = 1 << 24
"""Numbers of a block of (unsure rows × confident rows): 128 MiB."""


class Corrected(NamedTuple):
    """Predictions after CAN.

    Attributes:
        probabilities: Shape (n, classes); rows that were confident are unchanged.
        unsure: Which rows were corrected, shape (n,).
    """

    probabilities: Floats
    unsure: NDArray[np.bool_]


def can(
    probabilities: NDArray[np.floating],
    prior: NDArray[np.floating],
    *,
    k: int = 3,
    tau: float = 0.9,
    alpha: float = 1.0,
    iterations: int = 1,
    confusion: Confusion = "article",
) -> Corrected:
    """Correct the unsure rows of predictions by the confident ones and a prior.

    Args:
        probabilities: Of each class, shape (n, classes); rows sum to one.
        prior: Share of each class that is expected, shape (classes,).
        k: Number of best classes whose entropy is taken; all classes, where there are fewer.
        tau: A row is confident where its uncertainty, 0 to 1, is below.
        alpha: Power before each normalisation.
        iterations: Number of rounds; 0 changes nothing.
        confusion: `article`: the entropy of the best k, renormalised, over log k. `official`, as
            the authors' code has it: the largest such entropy over all k from 2 to all classes.

    Raises:
        MethodError: Predictions or prior are not distributions, a setting is invalid, or no row is
            confident.
    """
    rows = _distributions(probabilities)
    classes = rows.shape[1]
    expected = _prior(prior, classes)
    validate_options(k=k, tau=tau, alpha=alpha, iterations=iterations, confusion=confusion)
    as_given = np.array(probabilities, dtype=np.float64)
    measure = official_uncertainty(rows) if confusion == "official" else uncertainty(rows, k)
    unsure = measure >= tau
    if iterations == 0 or not unsure.any():
        return Corrected(as_given, unsure)
    if unsure.all():
        raise MethodError(
            f"can: none of {len(rows)} rows is confident at tau {tau:g} (the smallest uncertainty"
            f" is {measure.min():.3g}), so there is no class distribution to correct by: raise"
            " tau, or train longer"
        )
    as_given[unsure] = _alternate(rows[unsure], rows[~unsure], expected, alpha, iterations)
    return Corrected(as_given, unsure)


def validate_options(
    *,
    k: int = 3,
    tau: float = 0.9,
    alpha: float = 1.0,
    iterations: int = 1,
    confusion: str = "article",
) -> None:
    """Validate the settings of `can`.

    Raises:
        MethodError: A setting is out of its range.
        UnknownNameError: The definition of confusion is unknown.
    """
    for name, value, kind in (
        ("k", k, int),
        ("tau", tau, int | float),
        ("alpha", alpha, int | float),
        ("iterations", iterations, int),
    ):
        if isinstance(value, bool) or not isinstance(value, kind):
            raise MethodError(
                f"can: {name} must be {'a whole number' if kind is int else 'a number'}, got"
                f" {value!r}"
            )
    validate_known("definition of confusion", [str(confusion)], get_args(Confusion))
    if k < 2:
        raise MethodError(f"can: k must be at least 2, got {k} (published: 3)")
    if not 0 < tau <= 1:
        raise MethodError(f"can: tau must be in (0, 1], as uncertainty is, got {tau}")
    if not 0 <= alpha < float("inf"):
        raise MethodError(f"can: alpha must be finite and at least 0, got {alpha} (published: 1)")
    if iterations < 0:
        raise MethodError(f"can: iterations must be at least 0, got {iterations} (published: 1)")


def _alternate(
    unsure: Floats, confident: Floats, prior: Floats, alpha: float, iterations: int
) -> Floats:
    if iterations == 1:  # every row has the same neighbours: their column sums will do
        powered = unsure**alpha
        return _rows(powered * _factors(powered + (confident**alpha).sum(axis=0), prior))
    size = max(1, _CELLS // len(confident))
    blocks = [unsure[start : start + size] for start in range(0, len(unsure), size)]
    return np.concatenate([_block(block, confident, prior, alpha, iterations) for block in blocks])


def _block(u: Floats, c: Floats, prior: Floats, alpha: float, iterations: int) -> Floats:
    # `of_rows`: factors of the confident rows beside each unsure one; `own` of the unsure row.
    of_rows, own = np.ones((len(u), len(c))), np.ones((len(u), 1))
    for _ in range(iterations):
        c, u = c**alpha, u**alpha
        of_rows, own = of_rows**alpha, own**alpha
        columns = _factors(of_rows @ c + own * u, prior)
        of_rows = _inverse(columns @ c.T)
        own = _inverse((u * columns).sum(axis=1, keepdims=True))
        # Nothing changes by a factor that a column has in all rows, nor by one of a row that
        # `of_rows` takes back: they keep powers of powers in the range of a float.
        shared = columns.mean(axis=0)
        c, scale = _scaled(c * shared)
        of_rows *= scale.T
        u, scale = _scaled(u * shared)
        own *= scale
        columns = columns * _inverse(shared)
    return _rows(u * columns)


def _scaled(values: Floats) -> tuple[Floats, Floats]:
    sums = values.sum(axis=1, keepdims=True)
    return values * _inverse(sums), sums


def _factors(sums: Floats, prior: Floats) -> Floats:
    # The mean's 1/rows goes away when the rows are normalised.
    return prior * _inverse(sums)


def _inverse(values: Floats) -> Floats:
    # A class that no row gives any mass has none to share out.
    return np.divide(1.0, values, out=np.zeros_like(values), where=values > 0)


def _rows(values: Floats) -> Floats:
    normed: Floats = values / values.sum(axis=1, keepdims=True)
    return normed


def _distributions(probabilities: NDArray[np.floating]) -> Floats:
    rows = np.asarray(probabilities, dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] < 2:
        raise MethodError(
            f"can: predictions must be rows of at least two classes, got the shape {rows.shape}"
        )
    sums = rows.sum(axis=1)
    bad = ~(np.isfinite(sums) & (rows >= 0).all(axis=1) & (np.abs(sums - 1) < 1e-3))
    if bad.any():
        first = int(bad.argmax())
        raise MethodError(
            f"can: row {first} of the predictions is not a distribution (sum {sums[first]:g},"
            f" smallest {rows[first].min():g}; {int(bad.sum())} such rows): give softmax's output"
        )
    normed: Floats = rows / sums[:, None]
    return normed


def _prior(prior: NDArray[np.floating], classes: int) -> Floats:
    shares = np.asarray(prior, dtype=np.float64)
    if shares.shape != (classes,):
        raise MethodError(
            f"can: the prior must have one share for each of the {classes} classes, got the shape"
            f" {shares.shape}"
        )
    if not (shares > 0).all():
        worst = int(np.argmin(np.where(np.isnan(shares), -np.inf, shares)))
        raise MethodError(
            f"can: the prior of class {worst} must be above 0, got {shares[worst]:g}: add one to"
            " every count, or leave the class out of the predictions"
        )
    if abs(shares.sum() - 1) > 1e-6:
        raise MethodError(
            f"can: the prior must sum to 1, got {shares.sum():g}: divide the counts of the"
            " training set by their sum"
        )
    return shares
