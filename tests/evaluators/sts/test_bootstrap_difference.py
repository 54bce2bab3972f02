from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

from evaluators.errors import ScoreError
from evaluators.statistics import resample_counts
from evaluators.sts.bootstrap import COUNT, difference


def made(n: int, seed: int, levels: int | None = None) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 6, size=n).astype(float)
    arm, base = gold + rng.normal(size=n), gold + 2 * rng.normal(size=n)
    return (np.round(arm * levels) / levels if levels else arm), base, gold


@pytest.mark.parametrize("metric", ["spearman", "pearson"])
@pytest.mark.parametrize("levels", [None, 2])
def test_interval_is_that_of_a_plain_loop_that_ranks_every_resample_anew(
    metric: str, levels: int | None
) -> None:
    arm, base, gold = made(150, 3, levels)
    compute = {"spearman": scipy.stats.spearmanr, "pearson": scipy.stats.pearsonr}[metric]
    found = difference(arm, base, gold, rng=np.random.default_rng(7), metric=metric, resamples=120)
    replicates = []
    for counts in resample_counts(np.random.default_rng(7), 150, 120, COUNT):
        i = np.repeat(np.arange(150), counts)
        replicates.append(compute(arm[i], gold[i]).statistic - compute(base[i], gold[i]).statistic)
    low, high = np.quantile(replicates, [0.025, 0.975])
    assert found.arm == pytest.approx(compute(arm, gold).statistic, abs=1e-12)
    assert found.value == pytest.approx(found.arm - found.base, abs=1e-15)
    assert (found.low, found.high) == (
        pytest.approx(low, abs=1e-11),
        pytest.approx(high, abs=1e-11),
    )


def test_blocks_draw_the_same_resamples_as_one_block_would(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    arm, base, gold = made(90, 5)
    whole = difference(arm, base, gold, rng=np.random.default_rng(0), resamples=110)
    monkeypatch.setattr("evaluators.sts.bootstrap._COUNTS_AT_ONCE", 90 * 7)
    assert difference(arm, base, gold, rng=np.random.default_rng(0), resamples=110) == whole


def test_four_pairs_by_hand() -> None:
    """rho = 1 - 6 sum d^2 / (n (n^2 - 1)): 1 against 1 - 6 * 2 / 60 = 0.8."""
    gold = np.array([1.0, 2.0, 3.0, 4.0])
    found = difference(gold, gold[[0, 1, 3, 2]], gold, rng=np.random.default_rng(0))
    assert (found.arm, found.base) == (pytest.approx(1.0), pytest.approx(0.8))
    assert found.value == pytest.approx(0.2)


def test_the_same_answers_twice_differ_by_nothing_and_sides_changed_round_by_the_sign() -> None:
    arm, base, gold = made(300, 9)
    assert difference(arm, arm, gold, rng=np.random.default_rng(0))[2:] == (0.0, 0.0, 0.0)
    one = difference(arm, base, gold, rng=np.random.default_rng(0))
    other = difference(base, arm, gold, rng=np.random.default_rng(0))
    assert one[2:] == pytest.approx((-other.value, -other.high, -other.low), abs=1e-12)


def test_95_percent_intervals_cover_the_true_difference_about_95_times_in_100() -> None:
    """Normal: the population Spearman is 6/pi asin(rho/2); both sides share their noise."""
    rng = np.random.default_rng(4)
    truth = 6 / np.pi * (np.arcsin(0.7 / 2) - np.arcsin(0.5 / 2))
    covered = []
    for _ in range(400):
        gold, shared, own = rng.normal(size=(3, 250))
        arm = 0.7 * gold + np.sqrt(1 - 0.49) * shared
        base = 0.5 * gold + np.sqrt(1 - 0.25) * (0.8 * shared + 0.6 * own)
        found = difference(arm, base, gold, rng=rng, resamples=400)
        covered.append(found.low <= truth <= found.high)
    # as for one correlation (test_bootstrap): 99.9% binomial band, widened by a point
    assert 0.90 <= np.mean(covered) <= 0.985


def test_pairing_by_pair_is_narrower_than_two_intervals_of_their_own() -> None:
    rng = np.random.default_rng(1)
    gold = rng.normal(size=500)
    arm = gold + rng.normal(size=500)
    base = arm + 0.1 * rng.normal(size=500)
    found = difference(arm, base, gold, rng=rng)
    apart = difference(arm, arm[::-1].copy(), gold, rng=rng)
    assert (found.high - found.low) * 3 < apart.high - apart.low


@pytest.mark.parametrize(
    ("arm", "said"),
    [
        (np.ones(50), "constant"),
        (np.full(50, np.nan), "NaN"),
        (np.arange(49.0), "same pairs"),
    ],
)
def test_what_has_no_correlation_is_an_error_and_no_number(arm: np.ndarray, said: str) -> None:
    gold = np.arange(50.0)
    with pytest.raises(ScoreError, match=said):
        difference(arm, gold, gold, rng=np.random.default_rng(0))


def test_a_gold_that_nearly_all_resamples_see_as_one_value_has_no_interval() -> None:
    gold = np.zeros(30)
    gold[0] = 1.0
    arm = np.arange(30.0)
    with pytest.raises(ScoreError, match="30 pairs are too few"):
        difference(arm, arm[::-1].copy(), gold, rng=np.random.default_rng(0))
