"""Curves are described one by one, with p-values for all of them together."""

import numpy as np
import pytest
from scipy.stats import kendalltau

from evaluators.trajectories.runs import Curve
from evaluators.trajectories.summary import summarize

STEPS = np.array([0.0, *(2.0**k for k in range(16))])


def curve(task, scores, steps=STEPS):
    return Curve("run", task, np.asarray(steps, float), np.asarray(scores, float))


def test_trend_is_kendalls_adjusted_for_all_curves():
    rng = np.random.default_rng(0)
    scores = [np.arange(17) / 30 + rng.standard_normal(17) / 9, rng.standard_normal(17)]
    rising, noise = summarize([curve("a", scores[0]), curve("b", scores[1])], seed=0)
    expected = kendalltau(STEPS, scores[0])
    assert (rising.tau, rising.trend) == (pytest.approx(expected.statistic), "rises")
    assert rising.trend_p == pytest.approx(2 * expected.pvalue)
    assert noise.trend == "none"


def test_constant_and_short_curves_are_described():
    constant, short = summarize([curve("a", np.ones(17)), curve("b", [3, 2, 1], [1, 2, 3])], seed=0)
    assert (constant.tau, constant.trend_p, constant.change_points) == (0, 1, ())
    assert (short.change_points, short.noise, short.best) == (None, None, 0)


def test_a_jump_counts_only_if_it_stands_out_of_all_curves():
    rng = np.random.default_rng(3)
    noise = rng.standard_normal((9, 17))
    curves = [curve(str(i), y) for i, y in enumerate(noise)]
    curves.append(curve("jump", 40.0 * (np.arange(17) >= 9) + rng.standard_normal(17)))
    *others, jump = summarize(curves, seed=0)
    assert [len(s.change_points) for s in others] == [0] * 9
    (point,) = jump.change_points
    assert (point.before, point.after) == (128, 256)
    assert point.p_value == jump.jump_p <= 0.05


def test_chance_is_left_where_every_later_score_is_above_it():
    scores = np.where(np.arange(17) >= 11, 0.8, 0.25) + np.resize([0.01, -0.01], 17)
    scores[3] = 0.7  # one lucky checkpoint before
    (found,) = summarize([curve("a", scores)], chance={"a": 0.25}, seed=0)
    assert found.above_chance is not None
    assert found.above_chance >= STEPS[11]
    (never,) = summarize([curve("a", scores)], chance={"a": 0.9}, seed=0)
    assert never.above_chance is None
