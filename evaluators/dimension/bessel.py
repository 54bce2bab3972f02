"""E[exp(n cos)] over random directions of R^n and the mean cosine under that weight, in logs.

With nu = n/2 - 1 the textbook form is Gamma(n/2) (2/n)^nu I_nu(n), and its derivative gives
I_{nu+1}(n) / I_nu(n). Both are sums over one series of positive terms,

    E[exp(n cos)] = 0F1(; n/2; n²/4) = sum_k t_k,   t_{k+1}/t_k = (n²/4) / ((k + 1)(n/2 + k)),
    I_{n/2}(n) / I_{n/2-1}(n) = (2/n) sum_k k t_k / sum_k t_k.

Nothing cancels and only logarithms of terms are kept, so nothing overflows; library routines for
I_nu(n) exp(-n), scipy's `ive` among them, underflow to 0 from n = 8192.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from evaluators.dimension.checks import at_least
from evaluators.errors import ScoreError

_MOST = 1_000_000


class Tilted(NamedTuple):
    """What n-dimensional random directions give under the weight exp(n cos).

    Attributes:
        log_mean: ln E[exp(n cos)].
        mean_cosine: E[cos exp(n cos)] / E[exp(n cos)].
    """

    log_mean: float
    mean_cosine: float


def tilted(n: int) -> Tilted:
    """Sum the series for n dimensions; the error of `log_mean` is of the order n · 1e-15.

    Raises:
        ScoreError: n is no whole number from 2 to a million.
    """
    n = dimension_checked(n)
    # The largest term is at k = n (√5 - 1)/4 = 0.31 n; at k = 2n + 60 they are below e^-50 of it.
    k = np.arange(2 * n + 60, dtype=np.float64)
    ratios = np.log(n * n / 4) - np.log1p(k) - np.log(n / 2 + k)
    logs = np.concatenate([[0.0], np.cumsum(ratios)[:-1]])
    top = float(logs.max())
    terms = np.exp(logs - top)
    total = float(terms.sum())
    return Tilted(top + math.log(total), 2 * float(terms @ k) / (total * n))


def dimension_checked(n: int) -> int:
    """Return n if it is a whole number from 2 to a million.

    Raises:
        ScoreError: It is not. Beyond a million the sum would only take memory.
    """
    if at_least("n", n, 2) > _MOST:
        raise ScoreError(f"n is {n}: beyond {_MOST:,} `asymptotic_h` is as exact as floats are")
    return int(n)
