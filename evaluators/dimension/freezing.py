"""Measure the softmax of N vectors at the n where the formula says that it freezes.

`evaluators/experiments/dimension_freezing.py` explains why. The N² logits are never all in memory:
one block at a time, in float32, goes into running sums in float64, relative to the largest logit so
far. With x = logit - largest, Z = sum e^x and
X = sum x e^x the entropy is ln Z - X/Z, and since every x <= 0 nothing in X cancels.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from scipy.special import betainccinv, betaincinv
from torch import Tensor

from evaluators.dimension.numeric_checks import at_least, validate_confidence
from evaluators.dimension.theory import entropy, validate_items
from evaluators.errors import ScoreError
from evaluators.progress import Progress, Report
from evaluators.statistics import CONFIDENCE, Interval, mean_limits

_CPU_BLOCK = 1024  # two blocks of float32 stay near the cache: 4 MiB each
_GPU_BLOCK = 16384
_NEVER = -1e9  # a logit without weight; -inf would make 0 * inf of it


@dataclass(frozen=True)
class Freezing:
    """The exact softmax over N² pairs of random directions, and the formula's values.

    Attributes:
        items: N, the number of vectors and of contexts.
        n: Dimensions.
        entropy: Exact entropy in nats, mean over replicates; one replicate has no interval.
        annealed: 2 ln N + h(n), the formula's entropy; below 0 past freezing.
        share: Exact entropy over its largest possible value, 2 ln N.
        largest_cosine: Mean of the largest cosine of a replicate.
        largest_limit: sqrt(1 - N^(-4/n)).
        largest_median: Median of the largest of as many independent cosines, exact at this N and n.
        replicates: Sums of each replicate, with its blocks and bytes.
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
    """Measure entropy and largest cosine of the softmax over N² pairs, block by block.

    Time is 5 to 8 ns a pair on one core at n = 96, so 80 s a replicate at N = 1e5; memory is
    linear in N (`Sums.peak_bytes`).

    Args:
        items: N, 2 or more.
        n: Dimensions, 2 or more.
        rngs: One generator for each replicate: `np.random.default_rng(seed).spawn(replicates)`.
        tied: Whether the contexts are the vectors themselves; no vector is paired with itself.
        confidence: Coverage of the t-intervals over replicates.
        block: Rows and columns of a block; None chooses for the device.
        device: A torch device; None is the CPU.
        progress: Called with "freezing", the blocks done and their total.

    Raises:
        ScoreError: N or n is below 2, or there is no replicate.
    """
    items, n = at_least("N", items, 2), at_least("n", n, 2)
    validate_confidence(confidence)
    if not rngs:
        raise ScoreError("replicates must be one generator or more")
    all_sums: list[Sums] = []
    for rng in rngs:

        def report(done: int, total: int, before: int = len(all_sums)) -> None:
            if progress is not None:
                progress("freezing", before * total + done, len(rngs) * total)

        sums = softmax_sums(items, n, rng, tied=tied, block=block, device=device, progress=report)
        all_sums.append(sums)
    exact = _interval([sums_of_one.entropy for sums_of_one in all_sums], confidence)
    return Freezing(
        items,
        n,
        exact,
        entropy(items, n),
        exact.estimate / (2 * math.log(items)),
        _interval([sums_of_one.largest_cosine for sums_of_one in all_sums], confidence),
        limit_largest_cosine(items, n),
        expected_largest_cosine(items * (items - 1) / 2 if tied else items * items, n),
        tuple(all_sums),
    )


def _interval(values: Sequence[float], confidence: float) -> Interval:
    mean = float(np.mean(values))
    if len(values) == 1:
        return Interval(mean, None, None, 1)
    low, high = mean_limits(values, confidence)
    return Interval(mean, float(low), float(high), len(values))


def limit_largest_cosine(items: float, n: int) -> float:
    """Return sqrt(1 - N^(-4/n)), the largest cosine of N² random pairs in the limit.

    Raises:
        ScoreError: N is below 2, or n is not a whole number of 2 or more.
    """
    power = -4 / at_least("n", n, 2) * math.log(validate_items(items))
    return math.sqrt(-math.expm1(power))


def expected_largest_cosine(pairs: float, n: int, quantile: float = 0.5) -> float:
    """Return a quantile of the largest of `pairs` independent cosines of random directions.

    P(cos > c) is half the chance that Beta((n-1)/2, 1/2) lies below 1 - c². The cosines of N
    vectors with N contexts are independent in pairs only, which moves the largest very little.

    Args:
        pairs: Number of cosines, 1 or more: N², or N(N-1)/2 where the vectors are the contexts.
        n: Dimensions, 2 or more.
        quantile: Inside (0, 1).

    Raises:
        ScoreError: An argument lies outside its range.
    """
    at_least("n", n, 2)
    if not 1 <= pairs < math.inf:
        raise ScoreError(f"pairs must be 1 or more, got {pairs}")
    if not 0 < quantile < 1:
        raise ScoreError(f"quantile must be in (0, 1), got {quantile}")
    above = -math.expm1(math.log(quantile) / pairs)  # one cosine's chance to lie above
    tail = 2 * above if above <= 0.5 else 2 * (1 - above)
    sine_squared = float(betaincinv((n - 1) / 2, 0.5, tail))
    if sine_squared > 0.5:  # 1 - sin² would lose what the complement keeps
        cosine = math.sqrt(float(betainccinv(0.5, (n - 1) / 2, tail)))
    else:
        cosine = math.sqrt(1 - sine_squared)
    return cosine if above <= 0.5 else -cosine


class Sums(NamedTuple):
    """Sums over one sample of N vectors and N contexts.

    Attributes:
        entropy: Entropy of the softmax over all N² pairs, in nats.
        largest_cosine: Largest cosine of all N² pairs.
        log_mean: ln of the mean of exp(n cos) over the pairs.
        blocks: Number of blocks.
        peak_bytes: Upper bound on the bytes of all tensors at one time.
    """

    entropy: float
    largest_cosine: float
    log_mean: float
    blocks: int
    peak_bytes: int


def peak_bytes(items: int, n: int, block: int) -> int:
    """Return the bytes of two sets of directions, one more being normalised, and two blocks."""
    rows = min(items, block)
    return 4 * (3 * items * n + 2 * rows * rows + 2 * rows * n)


def softmax_sums(
    items: int,
    n: int,
    rng: np.random.Generator,
    *,
    tied: bool = False,
    block: int | None = None,
    device: str | None = None,
    progress: Report | None = None,
) -> Sums:
    """Draw N vectors and N contexts of n dimensions, and sum their softmax.

    Args:
        items: N.
        n: Dimensions; both kinds of vectors have the length √n.
        rng: Draws the directions, on the CPU, so that a device changes only rounding.
        tied: As in `freezing`.
        block: Rows and columns of a block.
        device: As in `freezing`.
        progress: Called with blocks done and their total.

    Raises:
        ScoreError: `block` is not a whole number of 1 or more.
    """
    computed_on = torch.device(device or "cpu")
    size = at_least("block", block or (_GPU_BLOCK if computed_on.type == "cuda" else _CPU_BLOCK), 1)
    size = min(size, items)
    vectors = _directions(items, n, rng).to(computed_on)
    contexts = vectors if tied else _directions(items, n, rng).to(computed_on)
    parts = math.ceil(items / size)
    running = _Running(*torch.empty((2, size * size), device=computed_on).unbind())
    with torch.inference_mode():
        for i in range(parts):
            scaled = vectors[i * size : (i + 1) * size] * n
            for j in range(parts):
                columns = contexts[j * size : (j + 1) * size]
                running.add(scaled, columns, without_diagonal=tied and i == j)
                if progress is not None:
                    progress(i * parts + j + 1, parts * parts)
    pairs = items * (items - 1) if tied else items * items
    return Sums(
        running.entropy,
        running.largest / n,
        running.largest + math.log(running.total) - math.log(pairs),
        parts * parts,
        peak_bytes(items, n, size),
    )


class _Running:
    """Running sums over pairs, relative to the largest logit so far."""

    def __init__(self, logits: Tensor, weights: Tensor) -> None:
        self._logits, self._weights = logits, weights
        self.largest = -math.inf
        self.total = 0.0
        self._tilted = 0.0

    @property
    def entropy(self) -> float:
        return math.log(self.total) - self._tilted / self.total

    def add(self, scaled: Tensor, columns: Tensor, *, without_diagonal: bool) -> None:
        """Add the logits scaled @ columns.T."""
        shape = (len(scaled), len(columns))
        logits = self._logits[: shape[0] * shape[1]].view(shape)
        weights = self._weights[: shape[0] * shape[1]].view(shape)
        torch.mm(scaled, columns.T, out=logits)
        if without_diagonal:
            logits.fill_diagonal_(_NEVER)
        self._raise(float(logits.max()))
        torch.exp(logits.sub_(self.largest), out=weights)
        # Rows are summed in float32, their sums in float64: as fast as float32, and exact to 1e-6.
        self.total += float(weights.sum(dim=1).sum(dtype=torch.float64))
        self._tilted += float(weights.mul_(logits).sum(dim=1).sum(dtype=torch.float64))

    def _raise(self, largest: float) -> None:
        if largest <= self.largest:
            return
        if self.total:
            fall = self.largest - largest
            factor = math.exp(fall)
            self._tilted = factor * (self._tilted + fall * self.total)
            self.total *= factor
        self.largest = largest


def _directions(items: int, n: int, rng: np.random.Generator) -> Tensor:
    rows = torch.from_numpy(rng.standard_normal((items, n), dtype=np.float32))
    return rows.div_(torch.linalg.vector_norm(rows, dim=1, keepdim=True))
