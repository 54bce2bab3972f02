"""Two models over the tasks that both have."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from evaluators.averaging import Board, Column, find_treatment, power_mean
from evaluators.averaging.stability import bootstrap
from evaluators.averaging.stability.pair import paired_models
from evaluators.errors import TreatmentError

PER_TASK = find_treatment("per-task")


def board(values: np.ndarray) -> Board:
    n, k = values.shape
    columns = tuple(Column(f"t{j}", f"t{j}") for j in range(k))
    return Board("b", "1", tuple(f"m{i}" for i in range(n)), columns, values)


@pytest.fixture
def values() -> np.ndarray:
    return np.random.default_rng(5).uniform(40, 90, (4, 12))


def test_the_interval_of_the_arithmetic_mean_is_that_of_a_paired_t_test(values) -> None:
    found = paired_models(board(values), PER_TASK, 1.0, 2, 0)
    test = stats.ttest_rel(values[2], values[0]).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((test.low, test.high))
    assert found.difference == pytest.approx(values[2].mean() - values[0].mean())
    assert found.differences == pytest.approx(values[2] - values[0])
    assert found.apart == (not test.low <= 0 <= test.high)


@pytest.mark.parametrize("p", [1.0, 0.0, -1.0])
def test_the_share_ahead_is_that_of_the_bootstrap_of_the_board(values, p: float) -> None:
    found = paired_models(board(values), PER_TASK, p, 1, 3, seed=0)
    own = bootstrap(board(values), PER_TASK, {"": p}, resamples=10_000, seed=0)[""]
    assert found.ahead == pytest.approx(own.above(1, 3))
    means = [power_mean(values[i], p) for i in (1, 3)]
    assert found.difference == pytest.approx(means[0] - means[1])
    assert found.low is not None
    assert found.low < found.difference < found.high


def test_a_model_without_a_rank_is_named_with_the_reason(values) -> None:
    values[1, 3] = np.nan
    with pytest.raises(TreatmentError, match=r"m1 has no rank .* no value for t3"):
        paired_models(board(values), PER_TASK, 1.0, 0, 1)
    gaps = paired_models(board(values), find_treatment("per-task+available-only"), 1.0, 0, 1)
    assert len(gaps.tasks) == 11, "what one of the two lacks is no comparison"
