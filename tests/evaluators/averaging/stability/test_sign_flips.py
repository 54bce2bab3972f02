"""The largest statistic of all pairs, where some pairs are no longer open."""

from __future__ import annotations

import numpy as np
import pytest

from evaluators.averaging.stability.sign_flips import (
    EvenFlips,
    Flips,
    largest_of_fewer,
    largest_shares,
    uneven_flips,
)


def _flips(seed: int, *, weighted: bool, n: int = 12, k: int = 9, count: int = 1300) -> Flips:
    rng = np.random.default_rng(seed)
    deviations = rng.normal(size=(n, k))
    signs = rng.choice([-1.0, 1.0], (k, count))
    if not weighted:
        return EvenFlips((deviations @ signs / k).astype(np.float32))
    return uneven_flips(deviations, signs, np.full(k, 1 / k), rng.uniform(0.5, 2, k))


@pytest.mark.parametrize("weighted", [False, True])
def test_largest_share_is_that_of_every_pair_one_by_one(weighted: bool) -> None:
    flips = _flips(0, weighted=weighted)
    inverse = np.random.default_rng(1).uniform(0.5, 2, (12, 12)).astype(np.float32)
    pairs = [(i, j) for i in range(12) for j in range(i + 1, 12)]
    one_by_one = [flips.shares(i, np.array([j]), inverse[i, [j]])[0] for i, j in pairs]
    assert np.array_equal(largest_shares(flips, inverse), np.max(one_by_one, axis=0))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("closed", [0, 5, 60, 66])
@pytest.mark.parametrize("most", [1, 65, 1300])
def test_largest_of_fewer_pairs_are_those_of_all_flips_anew(
    weighted: bool, closed: int, most: int
) -> None:
    flips = _flips(2, weighted=weighted)
    rng = np.random.default_rng(3)
    inverse = rng.uniform(0.5, 2, (12, 12)).astype(np.float32)
    before = largest_shares(flips, inverse)
    pairs = [(i, j) for i in range(12) for j in range(i + 1, 12)]
    for place in rng.permutation(len(pairs))[:closed]:
        inverse[pairs[place]] = 0
    anew = largest_shares(flips, inverse)
    fewer = largest_of_fewer(flips, inverse, before, most)
    assert np.array_equal(np.sort(fewer)[-most:], np.sort(anew)[-most:])
    assert (fewer >= anew).all()
