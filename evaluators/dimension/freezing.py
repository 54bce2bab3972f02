"""What 2 ln N + h(n) = 0 means: the N² logits as energies of a random energy model that freezes.

The formula averages exp(n cos) over all directions (annealed). A sample of N² pairs has a largest
cosine, and where the average rests on cosines beyond it the average is not seen: past that n the
softmax sits on a few pairs and its entropy stays near 0, while 2 ln N + h(n) goes on below 0. In
the limit the largest cosine is

    max cos = sqrt(1 - N^(-4/n)),

which at n = (4/ln φ) ln N is 1/φ = 0.618, the very cosine at which the average rests: the formula
marks this freezing. At finite N the exact entropy there is some nats and the largest cosine lies
lower; `freezing` measures both, and `expected_largest_cosine` gives its median exactly.

With vectors that are their own contexts (`tied`) every cosine occurs twice: as N(N-1)/2 energies,
each of two states, they freeze at the same n in the limit, and past it the entropy goes to ln 2.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.dimension.checks import at_least, confidence_checked
from evaluators.dimension.softmax_blocks import Sums, softmax_sums
from evaluators.dimension.theory import LIMIT, entropy, items_checked
from evaluators.errors import ScoreError
from evaluators.progress import Progress
from evaluators.statistics import CONFIDENCE, Interval, mean_limits


@dataclass(frozen=True)
class Freezing:
    """The exact softmax over N² pairs of random directions, beside what the formula says.

    Attributes:
        items: N: so many vectors and as many contexts.
        n: Dimensions.
        entropy: Exact entropy in nats, mean over replicates; without ends from one replicate.
        annealed: 2 ln N + h(n), the formula's entropy; below 0 past freezing.
        share: Exact entropy over the largest possible, 2 ln N.
        largest_cosine: Mean of the largest cosine of a replicate.
        largest_limit: sqrt(1 - N^(-4/n)).
        largest_median: Median of the largest of as many independent cosines, exact at this N and n.
        replicates: What each replicate gave, with the blocks and bytes it took.
    """

    items: int
    n: int
    entropy: Interval
    annealed: float
    share: float
    largest_cosine: Interval
    largest_limit: float
    largest_median: float
    replicates: tuple[Sums, ...]


def critical_dimension(items: float) -> float:
    """Return (4/ln φ) ln N, where the model freezes in the limit.

    Raises:
        ScoreError: N is below 2 or not finite.
    """
    return LIMIT * math.log(items_checked(items))


def limit_largest_cosine(items: float, n: int) -> float:
    """Return sqrt(1 - N^(-4/n)), the largest cosine of N² random pairs in the limit.

    Raises:
        ScoreError: N is below 2, or n is no whole number of 2 or more.
    """
    power = -4 / at_least("n", n, 2) * math.log(items_checked(items))
    return math.sqrt(-math.expm1(power))


def expected_largest_cosine(pairs: float, n: int, quantile: float = 0.5) -> float:
    """Return a quantile of the largest of so many independent cosines of random directions.

    P(cos > c) is half the chance that Beta((n-1)/2, 1/2) lies below 1 - c². The cosines of N
    vectors with N contexts are independent in pairs only, which moves the largest very little.

    Args:
        pairs: How many cosines, 1 or more: N², or N(N-1)/2 where the vectors are the contexts.
        n: Dimensions, 2 or more.
        quantile: Inside (0, 1).

    Raises:
        ScoreError: An argument lies outside its range.
    """
    from scipy.special import betainccinv, betaincinv

    at_least("n", n, 2)
    if not 1 <= pairs < math.inf:
        raise ScoreError(f"pairs is {pairs}: the largest cosine is that of one pair or more")
    if not 0 < quantile < 1:
        raise ScoreError(f"quantile is {quantile}: it lies between 0 and 1")
    above = -math.expm1(math.log(quantile) / pairs)  # one cosine's chance to lie above
    tail = 2 * above if above <= 0.5 else 2 * (1 - above)
    sine_squared = float(betaincinv((n - 1) / 2, 0.5, tail))
    if sine_squared > 0.5:  # 1 - sin² would lose what the complement keeps
        cosine = math.sqrt(float(betainccinv(0.5, (n - 1) / 2, tail)))
    else:
        cosine = math.sqrt(1 - sine_squared)
    return cosine if above <= 0.5 else -cosine


def freezing(
    items: int,
    n: int,
    *,
    rngs: Sequence[np.random.Generator],
    tied: bool = False,
    confidence: float = CONFIDENCE,
    block: int | None = None,
    device: str | None = None,
    progress: Progress | None = None,
) -> Freezing:
    """Measure entropy and largest cosine of the softmax over N² pairs, by blocks.

    Time is 5 to 8 ns a pair on one core at n = 96, so 80 s a replicate at N = 1e5; memory is
    linear in N (`Sums.peak_bytes`).

    Args:
        items: N, 2 or more.
        n: Dimensions, 2 or more.
        rngs: One generator a replicate: `np.random.default_rng(seed).spawn(replicates)`.
        tied: The contexts are the vectors themselves, and no vector is paired with itself.
        confidence: Coverage of the t-intervals over replicates.
        block: Pairs are taken `block` by `block`; None chooses for the device.
        device: A torch device; None is the CPU.
        progress: Called with "freezing", pairs of blocks done and their total.

    Raises:
        ScoreError: N or n below 2, or no replicate.
    """
    items, n = at_least("N", items, 2), at_least("n", n, 2)
    confidence_checked(confidence)
    if not rngs:
        raise ScoreError("no replicates: pass one generator or more")
    found: list[Sums] = []
    for rng in rngs:

        def tell(done: int, total: int, before: int = len(found)) -> None:
            if progress is not None:
                progress("freezing", before * total + done, len(rngs) * total)

        sums = softmax_sums(items, n, rng, tied=tied, block=block, device=device, progress=tell)
        found.append(sums)
    exact = _interval([one.entropy for one in found], confidence)
    return Freezing(
        items,
        n,
        exact,
        entropy(items, n),
        exact.estimate / (2 * math.log(items)),
        _interval([one.largest_cosine for one in found], confidence),
        limit_largest_cosine(items, n),
        expected_largest_cosine(items * (items - 1) / 2 if tied else items * items, n),
        tuple(found),
    )


def _interval(values: Sequence[float], confidence: float) -> Interval:
    mean = float(np.mean(values))
    if len(values) == 1:
        return Interval(mean, None, None, 1)
    low, high = mean_limits(values, confidence)
    return Interval(mean, float(low), float(high), len(values))
