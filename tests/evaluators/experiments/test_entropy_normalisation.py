"""Probabilities that are brought to a wanted entropy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import entropy as scipy_entropy

from evaluators.experiments.entropy_normalisation import (
    FAMILIES,
    EntropyNormalisation,
    EntropyNormalisationRequest,
    Family,
    compare,
    disordered,
    draw,
    entropy,
    powered,
    search,
    transform,
)
from evaluators.result import Result


def means(result: Result, metric: str) -> dict[str, float]:
    found: dict[str, list[float]] = {}
    for score in result.scores:
        if score.metric == metric:
            found.setdefault(score.variant["arm"], []).append(score.value)
    return {arm: float(np.mean(values)) for arm, values in found.items()}


def drawn(family: Family, cases: int = 20) -> np.ndarray:
    return draw(family, 100, cases, np.random.default_rng(3))


@pytest.mark.parametrize("family", list(FAMILIES))
def test_entropies_are_those_of_scipy(family: Family) -> None:
    p = drawn(family)
    with np.errstate(divide="ignore"):
        logs = np.log(p)
    assert entropy(logs) == pytest.approx(scipy_entropy(p, axis=1), abs=1e-12)
    raised = powered(logs, np.full(20, 1.7))
    assert np.exp(raised) == pytest.approx(p**1.7 / (p**1.7).sum(axis=1, keepdims=True), abs=1e-14)


@pytest.mark.parametrize("arm", ["newton", "safeguarded newton", "bisection"])
def test_a_search_finds_the_power_that_brent_finds(arm: str) -> None:
    p = drawn("uniform", 5)
    goal = np.full(5, math.log(30))
    found = search(arm, np.log(p), goal)
    assert not found.failed.any()
    for row, logs in zip(p, found.logs, strict=True):

        def off(gamma: float, row: np.ndarray = row) -> float:
            return float(scipy_entropy(row**gamma)) - math.log(30)

        gamma = brentq(off, 0.1, 50, xtol=1e-12)
        assert np.exp(logs) == pytest.approx(row**gamma / (row**gamma).sum(), abs=1e-6)


def test_by_hand_the_first_step_is_the_published_formula() -> None:
    p = np.array([[0.5, 0.25, 0.25]])
    h = 1.5 * math.log(2)  # 0.5 · ln 2 + 2 · 0.25 · 2 ln 2
    second = 2.5 * math.log(2) ** 2  # 0.5 · (ln 2)² + 2 · 0.25 · (2 ln 2)²
    goal = h - 1e-4
    gamma = 1 + (goal - h) / (h**2 - second)
    expected = p**gamma / (p**gamma).sum()
    found = search("newton", np.log(p), np.array([goal]))
    assert found.steps[0] == 1
    assert np.exp(found.logs) == pytest.approx(expected, abs=1e-12)


def test_newton_needs_four_steps_in_the_published_case_and_bisection_many_more() -> None:
    result = compare("uniform", "log 30", 100, 100, [0, 1])
    steps, failed = means(result, "steps"), means(result, "failure_rate")
    assert 3.5 < steps["newton"] < 4.5
    assert steps["bisection"] > 15
    assert max(failed.values()) == 0


def test_newton_fails_where_a_few_outcomes_have_it_all_and_the_safe_searches_do_not() -> None:
    failed = means(compare("softmax", "random", 100, 100, [0, 1]), "failure_rate")
    assert failed["newton"] > 0.2
    assert failed["newton above 0.001"] > 0.2
    assert failed["safeguarded newton"] == failed["bisection"] == 0


def test_zeros_are_no_trouble_for_the_safe_searches_alone() -> None:
    failed = means(compare("zeros", "log 30", 100, 50, [0, 1]), "failure_rate")
    assert failed == {
        "newton": 1,
        "newton above 0.001": 1,
        "safeguarded newton": 0,
        "bisection": 0,
    }


def test_an_entropy_beyond_reach_is_a_failure_of_any_search() -> None:
    with np.errstate(divide="ignore"):
        logs = np.log(np.array([[0.6, 0.4, 0.0]]))
    for arm in ("newton", "safeguarded newton", "bisection"):
        assert search(arm, logs, np.array([1.0])).failed.all(), "log 2 is the most it can be"


def test_a_power_keeps_the_order_and_a_negative_one_turns_it_round() -> None:
    result = transform("dirichlet", 100, 50, [0, 1])
    assert means(result, "disordered") == {"power": 0, "negative power": 1}
    assert means(result, "largest_rise")["power"] < 1e-9
    assert means(result, "unreached")["power"] < 1e-6
    assert means(transform("zeros", 100, 50, [0]), "unreached")["power"] == pytest.approx(
        math.log(100 / 90), abs=1e-6
    )


def test_two_outcomes_that_change_places_are_seen() -> None:
    p = np.array([[0.2, 0.3, 0.5]] * 3)
    logs = np.log(np.array([[0.1, 0.2, 0.7], [0.2, 0.1, 0.7], [0.3, 0.3, 0.4]]))
    assert disordered(p, logs).tolist() == [False, True, False]


def test_only_powers_are_evidence_on_a_theorem() -> None:
    request = EntropyNormalisationRequest(families=("uniform",), targets=("random",))
    jobs = EntropyNormalisation().jobs(request, "", lambda _: "")
    assert [EntropyNormalisation().level(job.parameters) for job in jobs] == ["identity", "made-up"]
