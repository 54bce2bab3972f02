"""Jumps are found where there are some, and not on smooth curves; see also the report."""

import numpy as np
import pytest
from scipy.optimize import curve_fit

from evaluators.trajectories.change_points import (
    SmoothCurves,
    describe_jumps,
    jump_p_value,
    log_steps,
)

PYTHIA = (0.0, *(2.0**k for k in range(10)), 1000.0, *np.arange(3000.0, 144000, 10000).tolist())


def test_log_steps_handle_step_0():
    assert log_steps([0, 500, 1500]).tolist() == [0, 1, 2]


def test_a_noiseless_jump_is_found_with_its_place_and_size():
    scores = np.where(np.array(PYTHIA) >= 512, 0.75, 0.25)
    p_value, place = jump_p_value(PYTHIA, scores, seed=0)
    assert (p_value, PYTHIA[place]) == (0.001, 512)
    (point,) = describe_jumps(PYTHIA, scores, [(place, p_value)], seed=0)
    assert (point.before, point.after, point.low, point.high) == (256, 512, 256, 512)
    assert point.size == pytest.approx(0.5)


@pytest.mark.parametrize("scores", [np.zeros(27), 0.3 * log_steps(PYTHIA) - 1])
def test_a_constant_and_a_line_have_no_jump(scores):
    assert jump_p_value(PYTHIA, scores, seed=0)[0] == 1


@pytest.mark.parametrize(
    ("name", "curve"),
    [
        ("power law", 1 - (1 + np.array(PYTHIA)) ** -0.3),
        ("logistic", 1 / (1 + np.exp(-(log_steps(PYTHIA) - 12.3) / 0.8))),
        ("drift at the end", log_steps(PYTHIA) / 17 - np.array(PYTHIA) / 300000),
    ],
)
def test_smooth_curves_seldom_have_a_jump(name, curve):
    rng = np.random.default_rng(5)
    found = [
        jump_p_value(PYTHIA, 30 * curve + rng.standard_normal(27), seed=i, draws=99)[0] <= 0.05
        for i in range(20)
    ]
    assert sum(found) <= 4  # of 20 at 5%; more in 0.3% of the cases


def test_jumps_of_ten_standard_deviations_are_found_where_they_are():
    rng = np.random.default_rng(6)
    found = 0
    for i in range(20):
        place = int(rng.integers(13, 25))
        scores = 10.0 * (np.arange(27) >= place) + rng.standard_normal(27)
        found += jump_p_value(PYTHIA, scores, seed=i, draws=99) == (0.01, place)
    assert found >= 17


def test_a_second_jump_is_found_beside_the_first():
    rng = np.random.default_rng(7)
    x = np.arange(27)
    scores = 20.0 * (x >= 8) - 20.0 * (x >= 18) + rng.standard_normal(27)
    _, first = jump_p_value(PYTHIA, scores, seed=0)
    p_value, second = jump_p_value(PYTHIA, scores, (first,), seed=0)
    assert {first, second} == {8, 18}
    assert p_value == 0.001
    sizes = [p.size for p in describe_jumps(PYTHIA, scores, [(8, 0.1), (18, 0.1)], seed=0)]
    assert sizes == pytest.approx([20, -20], abs=4)


def test_the_smooth_fit_is_as_good_as_one_by_nonlinear_least_squares():
    x, steps = log_steps(PYTHIA), np.array(PYTHIA)
    scores = 3 / (1 + np.exp(-(x - 9.4) / 1.1)) + np.random.default_rng(8).standard_normal(27) / 9

    def model(_, a, b, c, height, centre, width):
        rise = np.clip((x - centre) / np.maximum(width, 0.69), -60, 60)
        return a + b * x + c * steps / steps[-1] + height / (1 + np.exp(-rise))

    params, _ = curve_fit(model, x, scores, p0=[0, 0, 0, 3, 9, 1], maxfev=20000)
    squares = ((model(x, *params) - scores) ** 2).sum()
    assert SmoothCurves(PYTHIA).fit(scores[None])[1][0] == pytest.approx(squares, rel=0.02)


def test_steps_that_are_close_have_jumps_too():
    steps = tuple(np.arange(1e6, 1e6 + 20))
    noise = np.random.default_rng(4).standard_normal(20)
    assert jump_p_value(steps, noise, seed=0)[0] > 0.05
    assert jump_p_value(steps, noise + 30 * (np.arange(20) >= 9), seed=0) == (0.001, 9)


def test_many_points_are_tested_in_parts():
    steps = tuple(np.arange(1.0, 301))
    scores = 4.0 * (np.arange(300) >= 200) + np.random.default_rng(9).standard_normal(300)
    p_value, place = jump_p_value(steps, scores, seed=0, draws=99)
    assert p_value == 0.01
    assert abs(place - 200) <= 2
