"""Combine the gradients of several tasks into one direction.

All functions take gradients (S, n, d): S problems, n tasks, d parameters; and return directions
(S, d). A step goes against the direction.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CAGRAD_C = 0.5
"""How far CAGrad may go from the mean gradient, as a share of its length (arXiv:2110.14048)."""

CAGRAD_STEPS = 200


def gram(gradients: Floats) -> Floats:
    """Return the inner products of the gradients of each problem, (S, n, n)."""
    products: Floats = np.einsum("sid,sjd->sij", gradients, gradients)
    return products


def mixed(shares: Floats, gradients: Floats) -> Floats:
    """Return Σ αᵢ gᵢ for shares (S, n)."""
    directions: Floats = np.einsum("si,sid->sd", shares, gradients)
    return directions


def least_norm_shares(gradients: Floats) -> Floats:
    """Return the shares α ≥ 0, Σ α = 1, whose Σ αᵢ gᵢ is shortest, (S, n).

    Exact up to rounding: x ≥ 0 that is least in ‖Gᵀx‖² + (Σ x − 1)² is a multiple of it. Each xᵢ is
    counted in units of 1 / ‖gᵢ‖, so that gradients of unlike lengths do not spoil it.
    """
    from scipy.optimize import nnls

    found = []
    for one in gradients:
        lengths = np.linalg.norm(one, axis=1)
        lengths = np.maximum(lengths, np.finfo(float).eps * lengths.max())
        counts = lengths.min() / lengths
        system = np.vstack([(one / lengths[:, None]).T, counts])
        amounts, _ = nnls(system, np.append(np.zeros(one.shape[1]), 1.0))
        shares = amounts * counts
        found.append(shares / shares.sum())
    return np.stack(found)


def two_task_shares(gradients: Floats) -> Floats:
    """Return `least_norm_shares` of two tasks in closed form, as printed in the article."""
    first, second = gradients[:, 0], gradients[:, 1]
    apart = np.einsum("sd,sd->s", first - second, first - second)
    product = np.einsum("sd,sd->s", second - first, second)
    share = np.divide(product, apart, out=np.full_like(product, 0.5), where=apart > 0)
    share = share.clip(0, 1)
    return np.stack([share, 1 - share], axis=1)


def frank_wolfe_shares(gradients: Floats, steps: int) -> Floats:
    """Return the shares (S, n) after some steps of Frank and Wolfe with exact line search."""
    products = gram(gradients)
    problems, tasks, _ = products.shape
    rows = np.arange(problems)
    shares = np.full((problems, tasks), 1 / tasks)
    for _ in range(steps):
        with_mean = np.einsum("sij,sj->si", products, shares)  # ⟨gᵢ, ū⟩
        length = np.einsum("si,si->s", shares, with_mean)
        chosen = with_mean.argmin(axis=1)
        towards = with_mean[rows, chosen]
        apart = length - 2 * towards + products[rows, chosen, chosen]
        step = np.divide(length - towards, apart, out=np.zeros_like(apart), where=apart > 0)
        step = step.clip(0, 1)[:, None]
        shares = (1 - step) * shares
        shares[rows, chosen] += step[:, 0]
    return shares


def pcgrad(gradients: Floats, rngs: Sequence[np.random.Generator]) -> Floats:
    """Return the mean gradient after projecting conflicts away, in random order.

    Yu et al. 2020, arXiv:2001.06782.

    Args:
        gradients: (S, n, d).
        rngs: One for each problem; draws the order of the other tasks.
    """
    problems, tasks, _ = gradients.shape
    squares = np.einsum("sid,sid->si", gradients, gradients)
    total = np.zeros_like(gradients[:, 0])
    for task in range(tasks):
        others = [other for other in range(tasks) if other != task]
        orders = np.stack([rng.permutation(others) for rng in rngs])
        changed = gradients[:, task].copy()
        for place in range(tasks - 1):
            chosen = orders[:, place]
            other = gradients[np.arange(problems), chosen]
            product = np.einsum("sd,sd->s", changed, other)
            square = squares[np.arange(problems), chosen]
            ratio = np.divide(product, square, out=np.zeros_like(product), where=square > 0)
            changed -= np.minimum(ratio, 0)[:, None] * other
        total += changed
    direction: Floats = total / tasks
    return direction


def cagrad(gradients: Floats) -> Floats:
    """Return CAGrad's direction: the best for the worst task within c‖ḡ‖ of the mean ḡ.

    Liu et al. 2021, arXiv:2110.14048. The shares are found by exponentiated gradient descent.
    """
    products = gram(gradients)
    mean = products.mean(axis=2)  # ⟨gᵢ, ḡ⟩
    length = np.sqrt(mean.mean(axis=1).clip(0))
    scale = np.einsum("sii->si", products).max(axis=1, keepdims=True)
    scale = np.where(scale > 0, scale, 1.0)
    logits = np.zeros_like(mean)
    total = np.zeros_like(mean)
    for _ in range(CAGRAD_STEPS):
        shares = _softmax(logits)
        total += shares
        with_mixture = np.einsum("sij,sj->si", products, shares)
        norm = np.sqrt(np.einsum("si,si->s", shares, with_mixture).clip(0))
        ratio = np.divide(CAGRAD_C * length, norm, out=np.zeros_like(norm), where=norm > 0)
        logits -= (mean + ratio[:, None] * with_mixture) / scale
    shares = total / CAGRAD_STEPS
    mixture = mixed(shares, gradients)
    norm = np.linalg.norm(mixture, axis=1)
    ratio = np.divide(CAGRAD_C * length, norm, out=np.zeros_like(norm), where=norm > 0)
    direction: Floats = gradients.mean(axis=1) + ratio[:, None] * mixture
    return direction


def random_direction(gradients: Floats, rngs: Sequence[np.random.Generator]) -> Floats:
    """Return directions that know nothing of the tasks, as long as the mean gradient."""
    width = gradients.shape[2]
    drawn = np.stack([rng.normal(size=width) for rng in rngs])
    length = np.linalg.norm(gradients.mean(axis=1), axis=1, keepdims=True)
    direction: Floats = drawn / np.linalg.norm(drawn, axis=1, keepdims=True) * length
    return direction


Direction = Callable[[Floats, Sequence[np.random.Generator]], Floats]

DIRECTIONS: Mapping[str, Direction] = {
    "sum": lambda gradients, rngs: gradients.mean(axis=1),
    "least norm": lambda gradients, rngs: mixed(least_norm_shares(gradients), gradients),
    "pcgrad": pcgrad,
    "cagrad": lambda gradients, rngs: cagrad(gradients),
    "random direction": random_direction,
}
"""By arm, the direction from gradients; the sum is divided by the number of tasks."""


def _softmax(logits: Floats) -> Floats:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares: Floats = powers / powers.sum(axis=1, keepdims=True)
    return shares
