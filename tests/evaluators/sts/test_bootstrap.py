from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.statistics import resample_counts
from evaluators.sts.bootstrap import COUNT, Resamples, interval
from evaluators.sts.score import resampled_pearson
from evaluators.sts.spearman import pearson, spearman

REPLICATES = {"spearman": Resamples.spearman, "pearson": resampled_pearson}


def naive(scores: np.ndarray, gold: np.ndarray, counts: np.ndarray, metric: str) -> list[float]:
    """Repeat the rows and let scipy rank them anew."""
    compute = {"spearman": scipy.stats.spearmanr, "pearson": scipy.stats.pearsonr}[metric]
    index = [np.repeat(np.arange(len(gold)), count) for count in counts]
    return [
        compute(scores[i], gold[i]).statistic if np.ptp(gold[i]) and np.ptp(scores[i]) else np.nan
        for i in index
    ]


@pytest.mark.parametrize("metric", ["spearman", "pearson"])
@pytest.mark.parametrize("levels", [None, 2, 20])
@pytest.mark.parametrize("n", [40, 1379])
def test_every_replicate_equals_scipy_on_the_repeated_rows(
    metric: str, levels: int | None, n: int
) -> None:
    rng = np.random.default_rng(n)
    gold = rng.integers(0, 6, size=n).astype(float)
    scores = gold + rng.normal(size=n) * 2
    if levels:
        scores = np.round(scores * levels) / levels
    counts = resample_counts(rng, n, 60, COUNT)
    replicates = REPLICATES[metric](Resamples(gold, counts), scores)
    np.testing.assert_allclose(replicates, naive(scores, gold, counts, metric), rtol=0, atol=1e-12)


@given(st.integers(0, 2**32), st.integers(3, 12))
@settings(max_examples=100, deadline=None)
def test_tiny_samples_agree_too_and_constant_resamples_are_nan(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    gold = rng.integers(0, 3, size=n).astype(float)
    scores = rng.integers(0, 4, size=n).astype(float)
    gold[:2], scores[:2] = (0, 1), (0, 1)
    counts = resample_counts(rng, n, 30, COUNT)
    resamples = Resamples(gold, counts)
    for metric in ("spearman", "pearson"):
        found = REPLICATES[metric](resamples, scores)
        expected = np.array(naive(scores, gold, counts, metric))
        defined = np.isfinite(expected)
        np.testing.assert_allclose(found[defined], expected[defined], rtol=0, atol=1e-7)
        if metric == "spearman":
            assert np.isnan(found[~defined]).all()


def test_identity_resample_gives_the_score_itself() -> None:
    rng = np.random.default_rng(5)
    gold = rng.integers(0, 6, size=300).astype(float)
    scores = gold + rng.normal(size=300)
    once = Resamples(gold, np.ones((1, 300), dtype=np.uint16))
    assert once.spearman(scores)[0] == pytest.approx(float(spearman(scores, gold)), abs=1e-13)
    assert resampled_pearson(once, scores)[0] == pytest.approx(
        float(pearson(scores, gold)), abs=1e-13
    )


def test_same_seed_same_interval_and_the_global_generator_stays_untouched() -> None:
    rng = np.random.default_rng(1)
    gold, scores = rng.normal(size=200), rng.normal(size=200)
    before = np.random.get_state()[1].copy()

    def ends(seed: int) -> tuple[float, float] | None:
        counts = resample_counts(np.random.default_rng(seed), 200, 300, COUNT)
        return interval(Resamples(gold, counts).spearman(scores), 0.95)

    assert ends(7) == ends(7)
    assert ends(7) != ends(8)
    np.testing.assert_array_equal(before, np.random.get_state()[1])


@pytest.mark.parametrize("correlation", [0.0, 0.7])
def test_95_percent_intervals_cover_the_truth_about_95_times_in_100(correlation: float) -> None:
    """Bivariate normal: the population Spearman is 6/pi asin(rho/2)."""
    rng = np.random.default_rng(11)
    truth = 6 / np.pi * np.arcsin(correlation / 2)
    covered = []
    for _ in range(400):
        x = rng.normal(size=250)
        y = correlation * x + np.sqrt(1 - correlation**2) * rng.normal(size=250)
        ends = interval(Resamples(y, resample_counts(rng, 250, 400, COUNT)).spearman(x), 0.95)
        assert ends is not None
        covered.append(ends[0] <= truth <= ends[1])
    # 400 trials: two-sided 99.9% binomial band around 0.95, widened by the percentile
    # bootstrap's own error at n = 250 (about one point)
    assert 0.90 <= np.mean(covered) <= 0.985


def test_spread_of_replicates_is_the_standard_error_and_not_a_tenth_of_it() -> None:
    """Peers have divided the spread by sqrt(resamples) once more."""
    rng = np.random.default_rng(2)
    samples = [rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], size=400) for _ in range(300)]
    true_error = np.std([scipy.stats.spearmanr(*sample.T).statistic for sample in samples])
    resamples = Resamples(samples[0][:, 0], resample_counts(rng, 400, 500, COUNT))
    assert np.std(resamples.spearman(samples[0][:, 1])) == pytest.approx(true_error, rel=0.2)


def test_interval_that_rests_on_too_few_defined_resamples_is_none() -> None:
    assert interval(np.array([np.nan] * 10 + [0.5] * 90), 0.95) is None
    assert interval(np.array([np.nan] * 2 + [0.5] * 98), 0.95) == (0.5, 0.5)
