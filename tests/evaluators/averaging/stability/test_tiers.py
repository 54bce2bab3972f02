"""Models that a board does not tell apart."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import ttest_rel

from evaluators.averaging import TREATMENTS, Board, Column, Treatment
from evaluators.averaging.stability.tiers import NoTiersError, board_tiers, told_apart
from evaluators.errors import TreatmentError

PER_TASK = TREATMENTS["per-task"]


def board(values: np.ndarray) -> Board:
    n, k = values.shape
    names = tuple(f"m{i}" for i in range(n))
    return Board("b", "1", names, tuple(Column(f"t{j}", f"t{j}") for j in range(k)), values)


def signs(k: int, resamples: int = 399, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).choice((-1.0, 1.0), (k, resamples))


def test_standard_errors_are_those_of_a_paired_t_test() -> None:
    scores = np.random.default_rng(0).normal(size=(4, 12))
    _, _, errors = told_apart(scores, signs(12), 0.95)
    test = ttest_rel(scores[1], scores[3])
    difference = scores[1].mean() - scores[3].mean()
    assert difference / errors[1, 3] == pytest.approx(test.statistic)


def test_the_critical_value_is_that_of_every_flip_computed_by_hand() -> None:
    scores = np.random.default_rng(1).normal(size=(5, 9))
    flips = signs(9, 199)
    _, critical, _ = told_apart(scores, flips, 0.95)
    centred = scores - scores.mean(axis=1, keepdims=True)
    largest = sorted(
        max(
            abs(ttest_rel(centred[i] * s, centred[j] * s).statistic)
            for i in range(5)
            for j in range(i)
        )
        for s in flips.T
    )
    assert critical == pytest.approx(largest[math.ceil(0.95 * 200) - 1], rel=1e-4)


def weighted_statistics(scores: np.ndarray, signs: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Return (pairs, R) squared statistics of weighted means, each flip computed anew."""
    i, j = np.triu_indices(len(scores), 1)
    pairs = scores[i] - scores[j]
    left = 1 - 2 * w + (w**2).sum()
    deviations = (pairs - pairs @ w[:, None]) / np.sqrt(left)
    flipped = deviations[:, :, None] * signs
    means = np.einsum("k,pkr->pr", w, flipped)
    variance = np.einsum("k,pkr->pr", w**2 / left, (flipped - means[:, None]) ** 2)
    return np.asarray(means**2 / variance)


def test_the_critical_value_of_weighted_means_is_that_of_every_flip_computed_by_hand() -> None:
    scores = np.random.default_rng(1).normal(size=(5, 9))
    weights = np.array([1.0, 2, 1, 0.5, 1, 3, 1, 1, 2])
    flips = signs(9, 199)
    _, critical, _ = told_apart(scores, flips, 0.95, weights=weights)
    largest = np.sort(weighted_statistics(scores, flips, weights / weights.sum()).max(axis=0))
    assert critical == pytest.approx(math.sqrt(largest[math.ceil(0.95 * 200) - 1]), rel=1e-4)


def test_equal_weights_change_nothing() -> None:
    scores = np.random.default_rng(1).normal(size=(6, 9)) + np.arange(6)[:, None]
    plain = told_apart(scores, signs(9), 0.95)
    for weights in (np.full(9, 2.0), 1 + 1e-9 * np.arange(9)):
        found = told_apart(scores, signs(9), 0.95, weights=weights)
        assert (found[0] == plain[0]).all()
        assert found[1] == pytest.approx(plain[1], rel=1e-4)
        assert found[2] == pytest.approx(plain[2], rel=1e-6)


def test_weighted_boards_tell_equal_models_apart_as_seldom() -> None:
    weights = 2.0 ** -(np.arange(12) / 3)  # worth 7.4 tasks
    rng = np.random.default_rng(2)
    wrong = sum(
        told_apart(noisy("normal", 12, 12, rng), signs(12, seed=i), 0.95, weights=weights)[0].any()
        for i in range(300)
    )
    assert wrong / 300 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_weights_that_leave_too_few_tasks_are_refused() -> None:
    scores = board(np.random.default_rng(0).uniform(40, 60, (4, 8)))
    heavy = Treatment(weights=(("t0", 9.0),))
    with pytest.raises(TreatmentError, match=r"make 8 tasks worth 2\.91 of one weight"):
        board_tiers(scores, heavy, seed=0)


@pytest.mark.parametrize("tasks", [6, 20])
@pytest.mark.parametrize("noise", ["normal", "heavy and uneven", "skewed", "families"])
def test_equal_models_are_told_apart_in_about_5_percent_of_boards(tasks: int, noise: str) -> None:
    rng = np.random.default_rng(2)
    wrong = sum(
        told_apart(noisy(noise, 12, tasks, rng), signs(tasks, seed=i), 0.95)[0].any()
        for i in range(300)
    )
    assert wrong / 300 < 0.05 + 3 * math.sqrt(0.05 * 0.95 / 300)


def test_the_bootstrap_that_keeps_standard_errors_fails_there() -> None:
    rng = np.random.default_rng(3)
    wrong = sum(told_apart_by_drawing(rng.normal(size=(12, 7)), rng) for _ in range(60))
    assert wrong / 60 > 0.4


def test_steps_keep_the_level_where_other_models_differ() -> None:
    rng, wrong, found = np.random.default_rng(4), 0, 0
    for i in range(200):
        scores = rng.normal(size=(10, 20))
        scores[:5] += 3
        better, _, _ = told_apart(scores, signs(20, seed=i), 0.95)
        wrong += better[:5, :5].any() or better[5:, 5:].any() or better[5:, :5].any()
        found += better[:5, 5:].all()
    assert wrong / 200 < 0.1
    assert found / 200 > 0.9


def test_tiers_and_rank_intervals() -> None:
    rng = np.random.default_rng(5)
    worth = np.array([80.0, 80.0, 60.0, 60.0, 40.0])
    tiers = board_tiers(board(worth[:, None] + rng.normal(size=(5, 12))), PER_TASK, seed=0)
    assert tiers.tiers.tolist() == [1, 1, 2, 2, 3]
    assert tiers.rank_intervals.tolist() == [[1, 2], [1, 2], [3, 4], [3, 4], [5, 5]]
    assert set(tiers.members(2)) == {"m2", "m3"}


@pytest.mark.parametrize("p", [1.0, 0.0, -1.0, 3.0])
def test_the_order_is_that_of_the_power_mean(p: float) -> None:
    values = np.random.default_rng(6).uniform(1, 99, (6, 8))
    tiers = board_tiers(board(values), PER_TASK, p, seed=0)
    i, j = np.nonzero(tiers.better)
    assert (tiers.contest.ranks[i] < tiers.contest.ranks[j]).all()
    # A board on which one model has half of another's score on every task.
    halved = np.vstack([values, values / 2])
    better = board_tiers(board(halved), PER_TASK, p, seed=0).better
    assert not better[6:, :6][np.eye(6, dtype=bool)].any()


def test_rows_that_are_equal_or_differ_by_a_constant() -> None:
    row = np.random.default_rng(7).uniform(1, 9, 8)
    better, _, _ = told_apart(np.array([row, row, row - 1e-3]), signs(8), 0.95)
    assert better.tolist() == [[False, False, True], [False, False, True], [False] * 3]


def test_what_cannot_be_told_apart_is_refused() -> None:
    few = board(np.ones((3, 5)))
    with pytest.raises(NoTiersError, match="at least 6 tasks, found 5") as found:
        board_tiers(few, PER_TASK, seed=0)
    assert (found.value.lacking, found.value.tasks) == ("tasks", 5)
    gaps = np.ones((3, 8))
    gaps[0, 0] = np.nan
    with pytest.raises(TreatmentError, match="ranked with gaps"):
        board_tiers(board(gaps), TREATMENTS["per-task"].__class__(missing="available-only"), seed=0)
    with pytest.raises(TreatmentError, match="finite exponent"):
        board_tiers(board(np.ones((3, 8))), PER_TASK, math.inf, seed=0)


def noisy(noise: str, n: int, k: int, rng: np.random.Generator) -> np.ndarray:
    """Return scores of equally good models, with noise as leaderboards have it."""
    if noise == "normal":
        return rng.normal(size=(n, k))
    if noise == "skewed":
        return rng.exponential(size=(n, k))
    if noise == "families":  # models of one family gain on the same tasks
        return 0.4 * rng.normal(size=(n, k)) + rng.normal(size=(n // 4 + 1, k))[np.arange(n) // 4]
    return rng.standard_t(4, (n, k)) * rng.lognormal(0, 0.7, k) * rng.lognormal(0, 0.4, (n, 1))


def told_apart_by_drawing(scores: np.ndarray, rng: np.random.Generator) -> bool:
    """Return whether tasks drawn with replacement, with fixed standard errors, tell any apart."""
    n, k = scores.shape
    centred = scores - scores.mean(axis=1, keepdims=True)
    i, j = np.triu_indices(n, 1)
    errors = (scores[i] - scores[j]).std(axis=1, ddof=1) / math.sqrt(k)
    drawn = rng.multinomial(k, np.full(k, 1 / k), 399) @ centred.T / k
    critical = np.quantile((np.abs(drawn[:, i] - drawn[:, j]) / errors).max(axis=1), 0.95)
    means = scores.mean(axis=1)
    return bool((np.abs(means[i] - means[j]) / errors > critical).any())
