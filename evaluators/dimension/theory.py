"""The formula n > 8.33 ln N: the entropy h(n) behind it, its exact limit, and the n it needs.

N vectors and N contexts of n dimensions give p(i, j) proportional to exp(u_i · v_j). For random
directions of length √n the logits are n cos, and the entropy of p over the N² pairs is about

    H = 2 ln N + h(n),    h(n) = ln E[exp(n cos)] - n E_w[cos],

E_w weighted by exp(n cos). The dimension is called ample where H < 0, that is
n > (2 / (-h(n)/n)) ln N (kexue.fm 7695 and 8711). Logarithms are natural.

**Limit.** By Laplace's method on exp(n (cos t + ln sin t)) / sin² t the saddle has
cos = 1/φ, sin² = 1/φ and second derivative -√5, with φ the golden ratio, and

    h(n) = -(n/2) ln φ + ln φ - (ln 5)/4 - 3/5 + 1/√5 + O(1/n):

ln φ - (ln 5)/4 comes from 1/sin² and the Gaussian integral in ln E, and 3/5 - 1/√5 from the 1/n
part of E_w[cos], the λ-derivative of the same two factors at strength λ = n. So 8.33 = 2/0.24 is
4/ln φ = 8.3123 rounded on the way, and the coefficient rises to it from below.

**Series.** With nu = n/2 - 1 the textbook form of E[exp(n cos)] is Gamma(n/2) (2/n)^nu I_nu(n), and
its derivative gives E_w[cos] = I_{nu+1}(n) / I_nu(n). Both are sums over one series of positive
terms,

    E[exp(n cos)] = 0F1(; n/2; n²/4) = sum_k t_k,   t_{k+1}/t_k = (n²/4) / ((k + 1)(n/2 + k)),
    E_w[cos] = (2/n) sum_k k t_k / sum_k t_k.

Nothing cancels and only logarithms of terms are kept, so nothing overflows; library routines for
I_nu(n) exp(-n), scipy's `ive` among them, underflow to 0 from n = 8192.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import NamedTuple

import numpy as np

from evaluators.dimension.numeric_checks import at_least
from evaluators.errors import ScoreError

PHI = (1 + math.sqrt(5)) / 2
LIMIT = 4 / math.log(PHI)
"""n / ln N in the limit of large n: 8.3123."""
PUBLISHED = 8.33
"""The rounded coefficient as published, 2 / 0.24."""
CONSTANT = math.log(PHI) - math.log(5) / 4 - 3 / 5 + 1 / math.sqrt(5)
"""h(n) + (n/2) ln φ in the limit of large n: -0.0739."""
DIMENSIONS = (2, 4, 8, 16, 32, 64, 96, 128, 256, 512, 1024, 2048, 4096, 8192, 16384)

_MOST = 1_000_000  # beyond, the series would only take memory


@dataclass(frozen=True)
class Row:
    """One line of the coefficient table.

    Attributes:
        n: Dimensions.
        h: h(n), in nats.
        per_dimension: h(n) / n.
        coefficient: -2 n / h(n): n is ample for N where n / ln N exceeds it.
        mean_cosine: E_w[cos].
    """

    n: int
    h: float
    per_dimension: float
    coefficient: float
    mean_cosine: float


class Tilted(NamedTuple):
    """Means over n-dimensional random directions under the weight exp(n cos).

    Attributes:
        log_mean: ln E[exp(n cos)].
        mean_cosine: E[cos exp(n cos)] / E[exp(n cos)].
    """

    log_mean: float
    mean_cosine: float


def tilted(n: int) -> Tilted:
    """Sum the series for n dimensions; the error of `log_mean` is of the order n · 1e-15.

    Raises:
        ScoreError: n is not a whole number from 2 to a million.
    """
    if at_least("n", n, 2) > _MOST:
        raise ScoreError(
            f"n must be at most {_MOST:,}, got {n}: beyond that `asymptotic_h` is exact to float"
            " precision"
        )
    n = int(n)
    # The largest term is at k = n (√5 - 1)/4 = 0.31 n; at k = 2n + 60 they are below e^-50 of it.
    k = np.arange(2 * n + 60, dtype=np.float64)
    ratios = np.log(n * n / 4) - np.log1p(k) - np.log(n / 2 + k)
    logs = np.concatenate([[0.0], np.cumsum(ratios)[:-1]])
    top = float(logs.max())
    terms = np.exp(logs - top)
    total = float(terms.sum())
    return Tilted(top + math.log(total), 2 * float(terms @ k) / (total * n))


def h(n: int) -> float:
    """Return ln E[exp(n cos)] - n E_w[cos] in nats, which is negative and falls with n.

    Raises:
        ScoreError: n is not a whole number from 2 to a million.
    """
    log_mean, mean_cosine = tilted(n)
    return log_mean - n * mean_cosine


def asymptotic_h(n: int) -> float:
    """Return h(n) up to its constant, -(n/2) ln φ - 0.0739; the rest falls as 1/n."""
    return -n / 2 * math.log(PHI) + CONSTANT


def entropy(items: float, n: int) -> float:
    """Return the annealed entropy 2 ln N + h(n) in nats, negative where n is ample for N.

    Raises:
        ScoreError: N is below 2, or n is not a whole number from 2 to a million.
    """
    return 2 * math.log(validate_items(items)) + h(n)


def table(dimensions: Sequence[int] = DIMENSIONS) -> tuple[Row, ...]:
    """Return h(n) and the coefficient for each number of dimensions."""
    rows = []
    for n in dimensions:
        log_mean, cosine = tilted(n)
        value = log_mean - n * cosine
        rows.append(Row(n, value, value / n, -2 * n / value, cosine))
    return tuple(rows)


def smallest_dimension(items: float) -> int:
    """Return the smallest n with 2 ln N + h(n) < 0.

    h falls strictly and lies below -(n/2) ln φ, so `LIMIT` bounds n and bisection finds it.

    Args:
        items: N, at least 2; a float may stand for a whole number too large to count.

    Raises:
        ScoreError: N is below 2 or not finite.
    """
    log_items = math.log(validate_items(items))
    low, high = 1, math.ceil(LIMIT * log_items) + 1  # low is not ample: H(N, 1) > 0 for N >= 2
    while high - low > 1:
        middle = (low + high) // 2
        if 2 * log_items + h(middle) < 0:
            high = middle
        else:
            low = middle
    return high


def published_dimension(items: float) -> int:
    """Return ceil(8.33 ln N), the formula as published.

    Raises:
        ScoreError: N is below 2 or not finite.
    """
    return math.ceil(PUBLISHED * math.log(validate_items(items)))


def validate_items(items: float) -> float:
    """Validate N and return it as a float.

    Raises:
        ScoreError: It is below 2 or not finite.
    """
    if not (isinstance(items, Real) and 2 <= items < math.inf):
        raise ScoreError(f"N must be finite and at least 2, got {items!r}")
    return float(items)
