"""Find how many dimensions the scores of an attention matrix need.

Attention is softmax(L) by rows with L = Q Kᵀ of rank at most n, the head size. For a given L two
ways to come down to rank n:

- `svd`: the best approximation of L in least squares. The mean of each row is taken off first,
  to which the softmax is invariant.
- `projection`: exact factors of L sent through one Gaussian matrix to n dimensions (Johnson and
  Lindenstrauss), which keeps every score up to a noise of order |q| |k| / √n. The
  proofs that O(log N) dimensions suffice for sparse attention are based on it (arXiv 2106.03764).

The error is the total variation between true and approximate attention, ½ Σ_j |A_ij − A'_ij|,
averaged over rows: the share of attention that is misplaced.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evaluators.dimension.numeric_checks import finite_array
from evaluators.errors import DimensionError
from evaluators.names import validate_known

Floats = NDArray[np.float64]
Method = Literal["svd", "projection"]
Pattern = Literal["gaussian", "pointer"]


@dataclass(frozen=True)
class Rank:
    """The smallest rank that reproduces attention.

    Attributes:
        n: The rank; None where no rank up to `largest` does.
        error: Mean total variation at this rank, or at `largest`.
        largest: The largest rank tried.
        method: `svd` or `projection`.
        tolerance: Largest accepted error.
    """

    n: int | None
    error: float
    largest: int
    method: Method
    tolerance: float


def softmax(logits: Floats) -> Floats:
    """Return the attention of scores, row by row."""
    shifted = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True))


def random_logits(pattern: Pattern, length: int, scale: float, seed: int) -> Floats:
    """Draw scores of `length` queries over as many keys.

    Args:
        pattern: `gaussian`: independent, of standard deviation `scale`, the inverse temperature.
            `pointer`: each query points at one key (a permutation), whose score stands
            `scale` · ln N above all others; it gets half of the attention at 1, nearly all at 2.
        length: N, 2 or more.
        scale: Above 0.
        seed: Seed of the draw.

    Raises:
        DimensionError: N is below 2 or the scale is not positive.
    """
    validate_known("pattern", [pattern], get_args(Pattern))
    if isinstance(length, bool) or length < 2:
        raise DimensionError(f"length must be at least 2, got {length}")
    if not 0 < scale < np.inf:
        raise DimensionError(f"scale must be above 0, got {scale}")
    random = np.random.default_rng((seed, length))
    if pattern == "gaussian":
        return np.asarray(scale * random.standard_normal((length, length)))
    logits = np.zeros((length, length))
    logits[np.arange(length), random.permutation(length)] = scale * np.log(length)
    return logits


def smallest_rank(
    logits: ArrayLike, *, tolerance: float = 0.1, method: Method = "svd", seed: int = 0
) -> Rank:
    """Return the smallest rank of scores whose attention is within `tolerance`.

    Ranks are doubled until one is enough, then bisected, so about 2 log₂ n are tried. The error
    falls with the rank except for small ripples, so a smaller rank may be enough by chance.

    Args:
        logits: Scores, shape (queries, keys), 2 or more of each.
        tolerance: Mean total variation allowed, inside (0, 1).
        method: `svd` or `projection`. Projections go up to 4 times the number of keys.
        seed: Seed of the projection; projections of different n are nested.

    Raises:
        DimensionError: The shape or the tolerance is out of range.
        ScoreError: A score is NaN or infinite.
    """
    validate_known("method", [method], get_args(Method))
    scores = finite_array("logits", logits, None)
    if scores.ndim != 2 or min(scores.shape) < 2:
        raise DimensionError(
            f"logits must have the shape (queries, keys), each at least 2, got {scores.shape}"
        )
    if not 0 < tolerance < 1:
        raise DimensionError(f"tolerance must be in (0, 1), got {tolerance}")
    true = softmax(scores)
    approximate, largest = _approximation(scores, method, seed)

    def error(n: int) -> float:
        return float(0.5 * np.abs(true - softmax(approximate(n))).sum(axis=1).mean())

    fails, serves = 0, 1
    while (error_at_serves := error(min(serves, largest))) > tolerance:
        if serves >= largest:
            return Rank(None, error_at_serves, largest, method, tolerance)
        fails, serves = serves, 2 * serves
    serves = min(serves, largest)
    while serves - fails > 1:
        middle = (fails + serves) // 2
        error_at_middle = error(middle)
        if error_at_middle > tolerance:
            fails = middle
        else:
            serves, error_at_serves = middle, error_at_middle
    return Rank(serves, error_at_serves, largest, method, tolerance)


def _approximation(
    scores: Floats, method: Method, seed: int
) -> tuple[Callable[[int], Floats], int]:
    u, s, vt = np.linalg.svd(scores - scores.mean(axis=1, keepdims=True), full_matrices=False)
    if method == "svd":
        return lambda n: np.asarray((u[:, :n] * s[:n]) @ vt[:n]), len(s)
    largest = 4 * scores.shape[1]
    noise = np.random.default_rng(seed).standard_normal((len(s), largest))
    queries, keys = (u * np.sqrt(s)) @ noise, (vt.T * np.sqrt(s)) @ noise
    return lambda n: np.asarray(queries[:, :n] @ keys[:, :n].T / n), largest
