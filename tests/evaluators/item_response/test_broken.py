"""Broken items: the rank test is Mann and Whitney's, and finds flipped labels, hardly others."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit
from scipy.stats import false_discovery_control, mannwhitneyu, rankdata

from evaluators.item_response.broken import find_broken, rank_p_values, rest_scores


def answers(
    models: int, items: int, seed: int, *, flipped: int = 0, steep: float = 1.0
) -> np.ndarray:
    """Draw the answers of a healthy world, the first labels flipped."""
    drawn = np.random.default_rng(seed)
    ability = drawn.normal(size=models)
    slope, place = steep * drawn.lognormal(0, 0.3, items), drawn.normal(0, 1, items)
    chance = expit(slope * (ability[:, None] - place))
    right = (drawn.random((models, items)) < chance).astype(float)
    right[:, :flipped] = 1 - right[:, :flipped]
    return right


@pytest.mark.parametrize("models", [8, 13])
def test_without_ties_it_is_the_exact_test_of_scipy(models):
    drawn = np.random.default_rng(models)
    right = (drawn.random((models, 40)) < 0.5).astype(float)
    right = right[:, np.ptp(right, axis=0) > 0]
    scores = np.argsort(drawn.random(right.shape), axis=0).astype(float)
    expected = [
        mannwhitneyu(s[r == 1], s[r == 0], alternative="less", method="exact").pvalue
        for r, s in zip(right.T, scores.T, strict=True)
    ]
    assert rank_p_values(right, scores) == pytest.approx(expected)


def test_ties_are_counted_over_all_permutations():
    right = np.array([[1.0], [1], [0], [0], [0]])
    scores = np.array([[1.0], [2], [2], [2], [3]])  # ranks 1, 3, 3, 3, 5
    # Of the 10 pairs of models, 3 have ranks 1 and 3, the smallest sum that there is.
    assert rank_p_values(right, scores) == pytest.approx([0.3])


def test_many_models_and_shares_take_the_normal_approximation():
    drawn = np.random.default_rng(0)
    scores = drawn.integers(0, 9, (60, 30)).astype(float)
    right = (drawn.random((60, 30)) < 0.4).astype(float)
    expected = [
        mannwhitneyu(
            s[r == 1], s[r == 0], alternative="less", method="asymptotic", use_continuity=False
        ).pvalue
        for r, s in zip(right.T, scores.T, strict=True)
    ]
    assert rank_p_values(right, scores) == pytest.approx(expected)
    shares, places = drawn.integers(0, 4, (12, 1)) / 3, drawn.random((12, 1))
    orders = np.argsort(drawn.random((20_000, 12)), axis=1)
    rank, answer = rankdata(places[:, 0]), rankdata(shares[:, 0])
    permuted = (answer[orders] * rank).sum(axis=1) <= answer @ rank + 1e-9
    assert rank_p_values(shares, places) == pytest.approx([permuted.mean()], abs=0.02)


def test_scores_that_all_tie_say_nothing():
    right = np.array([[1.0, 0.5], [0, 0], [0, 1], [1, 0.5]])
    assert rank_p_values(right, np.ones((4, 2))).tolist() == [1, 1]


def test_an_own_item_is_left_out_of_the_rest_score():
    right = np.array([[1.0, 0, 1], [0, 0, 1 / 3]])
    assert rest_scores(right) == pytest.approx(np.array([[1, 2, 1], [1 / 3, 1 / 3, 0]]), abs=1e-8)


@pytest.mark.parametrize("models", [12, 30])
def test_a_healthy_world_has_no_broken_items(models):
    lists = [find_broken(answers(models, 800, seed)).broken.any() for seed in range(20)]
    assert np.mean(lists) < 0.05


def test_items_unrelated_to_ability_are_rarely_called_broken():
    drawn = np.random.default_rng(3)
    p_values = []
    for seed in range(5):
        right = answers(20, 300, seed)
        right[:, :100] = drawn.random((20, 100)) < 0.5
        test = find_broken(right)
        assert not test.broken.any()
        p_values.append(test.p_value[:100])
    assert np.mean(np.concatenate(p_values) < 0.05) < 0.06


def test_flipped_labels_are_found_by_many_models():
    right = answers(80, 1000, 1, flipped=50, steep=2.0)
    test = find_broken(right)
    assert test.broken[:50].mean() > 0.7
    assert not test.broken[50:].any()
    assert test.rest_difference[:50].mean() < 0 < test.rest_difference[50:].mean()
    tested = np.ptp(right, axis=0) > 0
    assert test.q_value[tested] == pytest.approx(
        false_discovery_control(test.p_value[tested], method="by")
    )
