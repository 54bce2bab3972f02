"""Rules that turn a difference into a verdict, beside scipy and their promised error rates."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluators.claims.judging import rules
from evaluators.statistics import Interval, mean_interval

SEEDS = 7


def _difference(effect: float, rng: np.random.Generator, spread: float = 0.3) -> Interval:
    return mean_interval(rng.normal(effect, spread, SEEDS).tolist())


def test_the_p_value_of_a_gain_is_that_of_a_one_sided_t_test() -> None:
    values = [0.9, 0.4, 0.7, 1.1, 0.6]
    expected = stats.ttest_1samp(values, 0.2, alternative="greater").pvalue
    ruling = rules.gain(mean_interval(values), 0.2)
    assert ruling.word == "holds"
    assert ruling.p_value == pytest.approx(expected / rules.FIRST_LOOK)


def test_a_difference_inside_the_margin_is_refuted_as_no_difference() -> None:
    values = [0.01, -0.02, 0.015, 0.0, -0.01]
    ruling = rules.gain(mean_interval(values), 0.2)
    assert (ruling.word, ruling.why) == ("refuted", "no difference")
    low = stats.ttest_1samp(values, -0.2, alternative="greater").pvalue
    high = stats.ttest_1samp(values, 0.2, alternative="less").pvalue
    assert ruling.p_value == pytest.approx(max(low, high) / rules.FIRST_LOOK)


def test_more_data_never_turn_a_replicated_gain_into_a_refutation() -> None:
    """The published effect of P-tuning, 0.41, under the margin that its claim has, 0.2."""
    rng = np.random.default_rng(0)
    for seeds in (7, 30, 100, 1000):
        words = {
            rules.gain(mean_interval(rng.normal(0.41, 0.3, seeds).tolist()), 0.2).word
            for _ in range(200)
        }
        assert "refuted" not in words
    assert words == {"holds"}


@pytest.mark.parametrize(("effect", "wrong"), [(0.0, "holds"), (0.2, "holds"), (0.2001, "refuted")])
def test_a_verdict_is_wrong_in_five_per_cent_at_most(effect: float, wrong: str) -> None:
    rng = np.random.default_rng(1)
    words = [rules.gain(_difference(effect, rng), 0.2).word for _ in range(4000)]
    assert words.count(wrong) / len(words) <= rules.ALPHA  # type: ignore[arg-type]


def test_looks_share_what_may_be_wrong() -> None:
    spent = [rules.alpha_of_look(look) for look in range(1, 100_000)]
    assert sum(spent) == pytest.approx(1.0, abs=1e-5)
    assert spent == sorted(spent, reverse=True)


def test_looking_after_every_added_seed_is_wrong_in_five_per_cent_at_most() -> None:
    """Adding a seed a night and testing anew each time was wrong in 12.7% of cases."""
    rng = np.random.default_rng(2)
    wrong = 0
    for _ in range(1000):
        values = rng.normal(0.2, 0.3, 31)
        for look, seeds in enumerate(range(3, 32), 1):
            found = mean_interval(values[:seeds].tolist())
            if rules.gain(found, 0.2, look=look).word == "holds":
                wrong += 1
                break
    assert wrong / 1000 <= rules.ALPHA


def test_the_smallest_detectable_difference_is_found_as_often_as_said() -> None:
    rng = np.random.default_rng(3)
    error, spread = 0.3 / math.sqrt(SEEDS), 0.3
    half = float(stats.t.ppf(0.975, SEEDS - 1)) * error
    found = Interval(0.0, -half, half, SEEDS, SEEDS - 1)
    effect = rules.smallest_detectable(found, 0.2)
    words = [rules.gain(_difference(effect, rng, spread), 0.2).word for _ in range(2000)]
    assert words.count("holds") / len(words) == pytest.approx(0.8, abs=0.03)


def test_the_seeds_that_settle_a_verdict_do() -> None:
    rng = np.random.default_rng(4)
    found = mean_interval([0.0, 0.6, -0.2, 0.5, 0.3, 0.1, 0.9])
    seeds = rules.units_needed(found, 0.2, 0.41)
    assert seeds is not None
    spread = found.standard_error * math.sqrt(found.n)
    words = [
        rules.gain(mean_interval(rng.normal(0.41, spread, seeds).tolist()), 0.2).word
        for _ in range(1000)
    ]
    assert words.count("holds") / len(words) == pytest.approx(0.8, abs=0.04)
    assert rules.units_needed(found, 0.2, 0.2 + 1e-7) is None


def test_equal_in_every_seed_has_no_error() -> None:
    assert rules.gain(mean_interval([1.0] * 3), 0.2).word == "holds"
    assert rules.gain(mean_interval([0.0] * 3), 0.2).word == "refuted"
    assert rules.smallest_detectable(mean_interval([0.0] * 3), 0.2) == 0.2


def test_within_and_outside_a_band() -> None:
    assert rules.equal(mean_interval([1.01, 0.99, 1.0, 1.0]), 1.0, 0.05).word == "holds"
    assert rules.equal(mean_interval([1.21, 1.19, 1.2, 1.2]), 1.0, 0.05).word == "refuted"
    assert rules.equal(mean_interval([1.21, 0.79, 1.0, 1.1]), 1.0, 0.05).word == "inconclusive"
    assert rules.side(mean_interval([1.0, 1.1, 0.9])).word == "holds"
    assert rules.side(mean_interval([-1.0, -1.1, -0.9])).word == "refuted"
    assert rules.side(mean_interval([1.0, -1.1, 0.9])).word == "inconclusive"


def test_an_interval_that_is_no_t_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="Student's t"):
        rules.gain(Interval(1.0, 0.5, 1.5, 7), 0.2)


def test_what_is_expected_to_be_wrong_is_said() -> None:
    assert "no verdict rests on a test" in rules.expected_wrong([])
    assert "of 4 verdicts that a test decided, at most 0.4" in rules.expected_wrong([0.1] * 4)


def test_no_worse_is_two_one_sided_tests_at_the_loss_that_is_none() -> None:
    values = np.array([-0.2, 0.1, 0.0, -0.3, 0.2])
    found = mean_interval(values.tolist())
    against = stats.ttest_1samp(values, -1.0).pvalue
    assert rules.no_worse(found, 1.0) == ("holds", pytest.approx(against / rules.FIRST_LOOK), "")
    assert rules.no_worse(mean_interval((values - 3).tolist()), 1.0).word == "refuted"
    assert rules.no_worse(mean_interval((values + 9).tolist()), 1.0).word == "holds"
