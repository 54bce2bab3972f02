"""The interval over seeds and examples, by hand, beside Student's t, and by simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evaluators.claims.judging import rules
from evaluators.seeds_and_examples import crossed_interval
from evaluators.statistics import mean_interval
from tests.evaluators.seeds_and_examples_simulation import World, rates


def test_a_small_table_by_hand() -> None:
    found = crossed_interval([[0, 3, 2, 3], [1, 4, 5, 6]])
    # Means: of seeds 2 and 4, of examples .5, 3.5, 3.5 and 4.5, of all 3; residuals ±.5.
    # Mean squares: of seeds 8 (1 degree of freedom), of examples 6 (3), of the rest 2/3 (3).
    assert found.estimate == 3.0
    assert found.standard_error**2 == pytest.approx((8 + 6 - 2 / 3) / 8)
    freedom = (8 + 6 - 2 / 3) ** 2 / (8**2 / 1 + 6**2 / 3 + (2 / 3) ** 2 / 3)
    assert found.freedom == pytest.approx(freedom)
    assert found.floor**2 == pytest.approx((6 - 2 / 3) / 8)
    assert (found.n, found.basis) == (2, "over 2 seeds × 4 examples")


def test_examples_that_are_all_alike_leave_student_t_over_seeds() -> None:
    of_seeds = [0.3, -0.1, 0.4, 0.2]
    found = crossed_interval(np.repeat(np.array(of_seeds)[:, None], 50, axis=1))
    alone = mean_interval(of_seeds)
    assert found[:3] == pytest.approx(alone[:3])
    assert found.freedom == pytest.approx(3)


def test_seeds_that_are_all_alike_leave_student_t_over_examples() -> None:
    of_examples = np.random.default_rng(0).normal(0.2, 1, 80)
    found = crossed_interval(np.tile(of_examples, (5, 1)), "contexts")
    low, high = stats.ttest_1samp(of_examples, 0).confidence_interval()
    assert found.ends == pytest.approx((low, high))
    assert found.freedom == pytest.approx(79)
    assert found.basis == "over 5 seeds × 80 contexts"


def test_the_error_is_never_below_the_larger_of_its_parts() -> None:
    rng = np.random.default_rng(1)
    for _ in range(200):
        table = rng.normal(size=(3, 6))
        found = crossed_interval(table)
        seeds, examples = table.mean(axis=1).var(ddof=1) / 3, table.mean(axis=0).var(ddof=1) / 6
        assert found.standard_error**2 >= max(seeds, examples) * (1 - 1e-9)
        assert found.freedom is not None
        assert found.freedom >= 2


def test_the_estimate_of_the_variance_is_right_on_average() -> None:
    rng = np.random.default_rng(2)
    seeds, n, sd = 4, 30, (0.5, 1.0, 2.0)
    found = []
    for _ in range(2000):
        table = (
            rng.normal(0, sd[0], (seeds, 1))
            + rng.normal(0, sd[1], (1, n))
            + rng.normal(0, sd[2], (seeds, n))
        )
        found.append(crossed_interval(table))
    truth = math.sqrt(sd[0] ** 2 / seeds + sd[1] ** 2 / n + sd[2] ** 2 / (seeds * n))
    spread = np.std([one.estimate for one in found])
    assert spread == pytest.approx(truth, rel=0.05)
    assert np.mean([one.standard_error**2 for one in found]) == pytest.approx(truth**2, rel=0.07)
    covered = np.mean([one.ends[0] <= 0 <= one.ends[1] for one in found])
    assert covered == pytest.approx(0.95, abs=0.02)


def test_one_seed_or_one_example_has_no_interval() -> None:
    for shape in ((1, 5), (5, 1)):
        with pytest.raises(ValueError, match="two seeds and two examples"):
            crossed_interval(np.zeros(shape))


def test_no_gain_is_missed_in_a_twentieth_of_cases_and_by_seeds_alone_in_a_third() -> None:
    found = rates(World(), 1500)
    assert found.missed_by_seeds == pytest.approx(0.31, abs=0.035)
    assert found.missed == pytest.approx(0.05, abs=0.017)
    assert found.holds <= 0.01


def test_no_number_of_seeds_settles_what_the_examples_leave_open() -> None:
    rng = np.random.default_rng(0)
    found = crossed_interval(np.tile(rng.normal(0.5, 3, 100), (5, 1)) + rng.normal(0, 1, (5, 100)))
    assert rules.units_needed(found, margin=0.2, effect=0.6) is None
    without = found._replace(floor=0.0)
    assert rules.units_needed(without, margin=0.2, effect=0.6) is not None
