"""Entropy and largest cosine by blocks: against dense float64, the theory, the memory bound."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from scipy import stats
from scipy.special import logsumexp

from evaluators.dimension.freezing import (
    expected_largest_cosine,
    freezing,
    limit_largest_cosine,
    peak_bytes,
    softmax_sums,
)
from evaluators.dimension.theory import LIMIT, PHI, h
from evaluators.errors import ScoreError


def generators(replicates: int, seed: int = 0) -> list[np.random.Generator]:
    return np.random.default_rng(seed).spawn(replicates)


def dense(items: int, n: int, seed: int, tied: bool) -> tuple[float, float, float]:
    """The same three numbers from all logits at once, in float64."""
    rng = np.random.default_rng(seed)
    vectors = rng.standard_normal((items, n), dtype=np.float32).astype(np.float64)
    contexts = vectors if tied else rng.standard_normal((items, n), dtype=np.float32)
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (vectors, contexts)]
    logits = n * (unit[0] @ unit[1].T)
    kept = logits[~np.eye(items, dtype=bool)] if tied else logits.ravel()
    log_total = float(logsumexp(kept))
    p = np.exp(kept - log_total)
    return float(stats.entropy(p)), float(kept.max() / n), log_total - math.log(len(kept))


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize(("items", "n"), [(2, 2), (3, 9), (200, 5), (257, 46), (300, 400)])
@pytest.mark.parametrize("block", [None, 1, 64])
def test_blocks_give_what_all_logits_give(items: int, n: int, block: int, tied: bool) -> None:
    if block == 1 and items > 3:
        block = 17  # does not divide any of them
    found = softmax_sums(items, n, np.random.default_rng(1), block=block, tied=tied)
    expected = dense(items, n, 1, tied)
    assert found.entropy == pytest.approx(expected[0], abs=2e-5 * n**0.5)
    assert found.largest_cosine == pytest.approx(expected[1], abs=1e-6)
    assert found.log_mean == pytest.approx(expected[2], abs=1e-5 * n**0.5)
    assert found.blocks == math.ceil(items / (block or 1024)) ** 2


def test_well_before_freezing_the_formula_is_exact() -> None:
    found = freezing(1024, 12, rngs=generators(4))
    assert found.entropy.estimate == pytest.approx(found.annealed, abs=0.05)
    assert found.annealed == pytest.approx(2 * math.log(1024) + h(12))


@pytest.mark.parametrize(("items", "formula"), [(256, 5.72), (1024, 7.05)])
def test_at_four_log_n_the_formula_holds_within_its_spread(items: int, formula: float) -> None:
    found = freezing(items, round(4 * math.log(items)), rngs=generators(30))
    assert round(found.annealed, 2) == formula
    assert abs(found.entropy.estimate - formula) < 0.2
    assert found.entropy.low is not None
    assert found.entropy.low < found.entropy.estimate


@pytest.mark.parametrize(("items", "largest", "nats"), [(256, 0.560, 3.2), (1024, 0.580, 3.2)])
def test_at_the_critical_dimension_there_are_nats_left(
    items: int, largest: float, nats: float
) -> None:
    """One run with tied vectors gave these numbers: they lie within the spread of runs."""
    found = freezing(items, round(8.31 * math.log(items)), rngs=generators(40), tied=True)
    entropies = [one.entropy for one in found.replicates]
    cosines = [one.largest_cosine for one in found.replicates]
    assert np.quantile(entropies, 0.05) < nats < np.quantile(entropies, 0.95)
    assert np.quantile(cosines, 0.05) < largest < np.quantile(cosines, 0.95)
    assert found.entropy.estimate > 2 > 0 > found.annealed
    assert found.largest_cosine.estimate < found.largest_limit - 0.03


def test_past_freezing_a_few_pairs_hold_everything() -> None:
    found = freezing(256, 400, rngs=generators(5))
    assert found.annealed < -50
    assert 0 <= found.entropy.estimate < 1
    tied = freezing(64, 20_000, rngs=generators(11), tied=True)
    entropies = [one.entropy for one in tied.replicates]
    assert min(entropies) > math.log(2) - 1e-4  # every pair counts twice
    assert np.median(entropies) == pytest.approx(math.log(2), abs=0.05)


def test_the_limit_at_the_critical_dimension_is_one_over_phi() -> None:
    for items in (1e3, 1e6, 1e30):
        n = LIMIT * math.log(items)
        assert math.sqrt(1 - items ** (-4 / n)) == pytest.approx(1 / PHI)
        assert limit_largest_cosine(items, round(n)) == pytest.approx(1 / PHI, abs=5e-3)


def test_median_of_the_largest_cosine_is_the_measured_one() -> None:
    rngs = generators(101, seed=2)
    found = freezing(128, 30, rngs=rngs)
    assert np.median([one.largest_cosine for one in found.replicates]) == pytest.approx(
        expected_largest_cosine(128**2, 30), abs=0.02
    )
    tied = freezing(128, 30, rngs=rngs, tied=True)
    assert tied.largest_median == expected_largest_cosine(128 * 127 / 2, 30)
    assert tied.largest_median < found.largest_median


def test_quantiles_of_the_largest_cosine_by_hand() -> None:
    # In three dimensions a cosine is uniform on [-1, 1].
    assert expected_largest_cosine(1, 3, 0.5) == pytest.approx(0, abs=1e-7)
    assert expected_largest_cosine(1, 3, 0.1) == pytest.approx(-0.8)
    assert expected_largest_cosine(10, 3, 0.5) == pytest.approx(2 * 0.5**0.1 - 1)
    # In the limit it is the formula's.
    n = round(LIMIT * math.log(1e150))
    assert expected_largest_cosine(1e300, n) == pytest.approx(1 / PHI, abs=3e-3)


def test_same_generator_same_number_whatever_the_block() -> None:
    first = freezing(500, 20, rngs=generators(2), block=100)
    second = freezing(500, 20, rngs=generators(2))
    assert first.entropy == pytest.approx(second.entropy, abs=1e-5)
    assert first.largest_cosine == pytest.approx(second.largest_cosine, abs=1e-6)


def test_progress_reaches_its_total() -> None:
    seen: list[tuple[str, int, int]] = []
    freezing(50, 5, rngs=generators(2), block=20, progress=lambda *now: seen.append(now))
    assert seen[-1] == ("freezing", 18, 18)
    assert [done for _, done, _ in seen] == list(range(1, 19))


def test_one_replicate_has_no_interval() -> None:
    found = freezing(50, 5, rngs=generators(1))
    assert (found.entropy.low, found.largest_cosine.high) == (None, None)


def test_memory_stays_below_the_bound() -> None:
    """At N = 10,000 all logits would take 400 MB twice; the blocks take 20 MB."""
    script = """
import resource, torch
import numpy as np
from evaluators.dimension.freezing import softmax_sums
torch.set_num_threads(1)
softmax_sums(300, 77, np.random.default_rng(0), block=64)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = softmax_sums(10_000, 77, np.random.default_rng(0))
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024, found.peak_bytes)
"""
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    grown, bound = (int(number) for number in ran.stdout.split())
    assert bound == peak_bytes(10_000, 77, 1024) < 20e6
    assert grown < bound + 16e6  # what the allocator and BLAS keep for themselves


@pytest.mark.slow
def test_four_thousand_items_at_the_critical_dimension() -> None:
    found = freezing(4096, 69, rngs=generators(20), tied=True)
    entropies = [one.entropy for one in found.replicates]
    cosines = [one.largest_cosine for one in found.replicates]
    assert min(entropies) < 3.8 < max(entropies)
    assert min(cosines) < 0.584 < max(cosines)
    below = freezing(4096, 33, rngs=generators(20), tied=True)
    assert round(below.annealed, 2) == 8.62
    assert abs(below.entropy.estimate - below.annealed) < 0.2


@pytest.mark.parametrize(("items", "n"), [(1, 5), (0, 5), (50, 1), (50, 0), (2.5, 5), (50, 2.5)])
def test_too_few_items_or_dimensions(items: int, n: int) -> None:
    with pytest.raises(ScoreError, match="whole number of at least 2"):
        freezing(items, n, rngs=generators(1))


def test_bad_options_are_named() -> None:
    with pytest.raises(ScoreError, match="one generator or more"):
        freezing(50, 5, rngs=[])
    with pytest.raises(ScoreError, match="block"):
        freezing(50, 5, rngs=generators(1), block=-1)
    with pytest.raises(ScoreError, match="confidence"):
        freezing(50, 5, rngs=generators(1), confidence=95)
    with pytest.raises(ScoreError, match="quantile"):
        expected_largest_cosine(10, 5, 1)
    with pytest.raises(ScoreError, match="pairs"):
        expected_largest_cosine(0.5, 5)
    with pytest.raises(ScoreError, match="N must be"):
        limit_largest_cosine(1, 10)
    with pytest.raises(ScoreError, match="n must be"):
        limit_largest_cosine(10, 1)
