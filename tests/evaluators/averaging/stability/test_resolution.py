"""What a board can tell."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluators.averaging import TREATMENTS, Board, Column, Treatment
from evaluators.averaging.stability.resolution import (
    Resolution,
    board_resolution,
    degrees_of_freedom,
    detectable_errors,
)
from evaluators.errors import TreatmentError
from flows.boards.leaderboards import read_board

PER_TASK = TREATMENTS["per-task"]


def board(values: np.ndarray, human: int | None = None) -> Board:
    n, k = values.shape
    return Board(
        "b",
        "1",
        tuple(f"m{i}" for i in range(n)),
        tuple(Column(f"t{j}", f"t{j}") for j in range(k)),
        values,
        is_human=tuple(i == human for i in range(n)),
    )


def skilled(seed: int = 0, n: int = 12, k: int = 8) -> np.ndarray:
    """Return scores of models of different worth on tasks of different difficulty."""
    rng = np.random.default_rng(seed)
    worth, ease = np.linspace(60, 30, n)[:, None], rng.uniform(0, 20, k)
    return worth + ease + rng.normal(0, 2, (n, k))


def task(found: Resolution, name: str):
    return next(task for task in found.tasks if task.task == name)


def test_the_smallest_difference_follows_the_noise_of_the_scores() -> None:
    found = board_resolution(board(skilled()), PER_TASK)
    error = 2 * math.sqrt(2 / 8)  # of the difference of two means of 8 scores with noise 2
    assert found.smallest_difference == pytest.approx(detectable_errors(7) * error, rel=0.2)


def test_the_factor_gives_80_percent_power() -> None:
    critical = stats.t.ppf(0.975, 7)
    assert stats.nct.sf(critical, 7, detectable_errors(7)) == pytest.approx(0.8, abs=1e-6)


def test_a_task_within_noise_of_the_perfect_score_is_at_its_ceiling() -> None:
    values = skilled()
    values[:, 2] = np.minimum(99.9, values[:, 2] + 45)
    found = board_resolution(board(values), PER_TASK)
    assert found.saturated == ("t2",)
    assert task(found, "t2").ceiling == 100
    assert not task(found, "t1").saturated


def test_a_task_above_the_human_score_is_at_its_ceiling() -> None:
    values = skilled()
    values[3] = 75
    values[3, 5] = values[:, 5].max() - 1
    found = board_resolution(board(values, human=3), PER_TASK)
    assert found.saturated == ("t5",)
    assert task(found, "t5").human == values[3, 5]
    assert task(found, "t5").best_model != "m3"


def test_a_task_of_noise_does_not_separate_models() -> None:
    values = skilled()
    values[:, 4] = np.random.default_rng(9).uniform(20, 60, len(values))
    values[:, 6] = 50
    found = board_resolution(board(values), PER_TASK)
    assert found.idle == ("t4", "t6")
    assert task(found, "t6").agreement is None
    others = (values.sum(axis=1) - values[:, 1]) / 7
    expected = stats.spearmanr(values[:, 1], others, alternative="greater")
    assert task(found, "t1").agreement == pytest.approx(expected.statistic)


def test_tasks_that_say_the_same_are_named() -> None:
    values = skilled()
    values[:, 7] = values[:, 0] / 2 + 3
    (first, second, correlation), *_ = board_resolution(board(values), PER_TASK).same
    assert (first, second) == ("t0", "t7")
    assert correlation == pytest.approx(1)


def test_glue_is_at_its_ceiling_and_open_llm_v1_holds_a_task_against_the_others() -> None:
    glue = board_resolution(read_board("glue", "2021"), PER_TASK)
    assert set(glue.saturated) == {"CoLA", "SST-2", "MRPC", "STS-B", "QQP", "QNLI", "WNLI"}
    assert glue.told == 0
    openllm = board_resolution(read_board("openllm-v1", "2024-04"), PER_TASK)
    assert "MMLU" in openllm.idle


def test_boards_that_are_too_small_are_refused() -> None:
    with pytest.raises(TreatmentError, match="at least 5 ranked models and 2 tasks, found 4 and 8"):
        board_resolution(board(skilled(n=4)), PER_TASK)


def test_degrees_of_freedom_are_those_of_the_estimated_variance() -> None:
    assert degrees_of_freedom(np.full(9, 1 / 9)) == pytest.approx(8)
    weights = np.array([5.0, 3, 1, 1, 1, 0.5, 0.5, 2])
    weights /= weights.sum()
    draws = np.random.default_rng(0).normal(size=(200_000, 8))
    left = draws - (draws @ weights)[:, None]
    estimates = left**2 @ (weights**2 / left.var(axis=0))
    assert estimates.mean() == pytest.approx((weights**2).sum(), rel=0.01)  # unbiased
    assert degrees_of_freedom(weights) == pytest.approx(
        2 * estimates.mean() ** 2 / estimates.var(), rel=0.02
    )


def test_equal_weights_say_the_same_and_uneven_ones_tell_less() -> None:
    scores = board(skilled())
    plain = board_resolution(scores, PER_TASK)
    same = board_resolution(scores, Treatment(weights=tuple((f"t{j}", 2.0) for j in range(8))))
    assert same.smallest_difference == pytest.approx(plain.smallest_difference)
    assert [task.agreement for task in same.tasks] == [task.agreement for task in plain.tasks]
    heavy = board_resolution(scores, Treatment(weights=(("t0", 6.0),)))
    assert heavy.smallest_difference > 1.2 * plain.smallest_difference
