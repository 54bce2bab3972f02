"""Common descent directions, beside scipy's linear programs and quadratic programs."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy.optimize import linprog, minimize

from evaluators.experiments import _common_directions as directions
from evaluators.experiments import common_descent
from evaluators.experiments.common_descent import draw, mix, through_encoder

SEEDS = list(range(20))


def values(
    kind: Literal["random", "conflicting", "unequal", "stationary", "aligned"], tasks: int
) -> dict[tuple[str, str], float]:
    """Return the least value over seeds by metric and arm."""
    found: dict[tuple[str, str], float] = {}
    for score in mix(kind, tasks, [10, 1000], SEEDS).scores:
        key = (score.metric, score.variant["arm"])
        found[key] = min(found.get(key, np.inf), score.value)
    return found


def test_the_shortest_mixture_is_that_of_a_quadratic_program() -> None:
    gradients = draw("random", 3, [0, 1])
    for one, shares in zip(gradients, directions.least_norm_shares(gradients), strict=True):
        reference = minimize(
            lambda x, one=one: float(np.sum((x @ one) ** 2)),
            np.full(3, 1 / 3),
            bounds=[(0, 1)] * 3,
            constraints={"type": "eq", "fun": lambda x: x.sum() - 1},
            options={"ftol": 1e-14},
        )
        assert shares == pytest.approx(reference.x, abs=1e-5)


def test_two_tasks_in_closed_form_and_by_one_step_of_frank_wolfe() -> None:
    gradients = draw("random", 2, SEEDS)
    exact = directions.least_norm_shares(gradients)
    assert directions.two_task_shares(gradients) == pytest.approx(exact, abs=1e-10)
    assert directions.frank_wolfe_shares(gradients, 1) == pytest.approx(exact, abs=1e-10)


def test_a_hand_computed_case() -> None:
    gradients = np.array([[[2.0, 0.0], [0.0, 1.0]]])
    assert directions.least_norm_shares(gradients)[0] == pytest.approx([0.2, 0.8])


@pytest.mark.parametrize("kind", ["random", "conflicting", "unequal"])
def test_the_shortest_mixture_lowers_every_loss_and_a_random_one_does_not(
    kind: Literal["random", "conflicting", "unequal"],
) -> None:
    found = values(kind, 10)
    assert found["descent_ratio", "exact"] > 1 - 1e-9
    assert found["descent_ratio", "random mixture"] < 0


def test_frank_wolfe_needs_more_steps_the_more_unequal_the_gradients() -> None:
    random, unequal = values("random", 10), values("unequal", 10)
    assert random["descent_ratio", "frank-wolfe 1000"] > 0.9
    assert unequal["descent_ratio", "frank-wolfe 1000"] < 0
    assert unequal["descent_ratio", "frank-wolfe 10"] < random["descent_ratio", "frank-wolfe 10"]


def test_aligned_gradients_tie() -> None:
    found = values("aligned", 3)
    assert min(value for (metric, _), value in found.items() if metric == "descent_ratio") > 0.9


def test_where_the_shortest_mixture_is_zero_no_direction_lowers_every_loss() -> None:
    for gradients in draw("stationary", 3, [0, 1, 2]):
        assert np.linalg.norm(directions.least_norm_shares(gradients[None])[0] @ gradients) < 1e-12
        width = gradients.shape[1]
        # Largest t with ⟨gᵢ, d⟩ ≥ t for all i and |d| ≤ 1 in each component.
        rows = np.column_stack([-gradients, np.ones(3)])
        found = linprog(
            np.append(np.zeros(width), -1), rows, np.zeros(3), bounds=[(-1, 1)] * width + [(0, 1)]
        )
        assert found.x[-1] == pytest.approx(0, abs=1e-9)


def encoder_values(
    encoder: Literal["random", "adversarial", "tight"], tasks: int
) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = {}
    for score in through_encoder(encoder, tasks, SEEDS).scores:
        found.setdefault((score.metric, score.variant["arm"]), []).append(score.value)
    return found


def test_an_adversarial_encoder_makes_feature_gradients_raise_a_loss() -> None:
    found = encoder_values("adversarial", 2)
    assert max(found["descent_cosine", "feature gradients"]) < -0.5
    assert min(found["descent_cosine", "parameter gradients"]) > 0


def test_the_bound_is_reached_and_never_passed() -> None:
    tight, other = encoder_values("tight", 3), encoder_values("adversarial", 3)
    assert tight["bound_ratio", "largest singular value"] == pytest.approx(np.ones(len(SEEDS)))
    assert max(other["bound_ratio", "largest singular value"]) < 1
    assert min(other["bound_ratio", "smallest singular value"]) > 1


def test_an_adversarial_jacobian_has_full_rank() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(2, common_descent.FEATURES))
    jacobian = common_descent.draw_jacobian("adversarial", features, features.mean(axis=0), rng)
    assert np.linalg.svd(jacobian, compute_uv=False) == pytest.approx([10.0] + [1.0] * 9)


def test_pcgrad_projects_a_conflict_away_and_leaves_other_gradients_alone() -> None:
    conflict = np.array([[[1.0, 0.0], [-1.0, 1.0]]])
    found = directions.pcgrad(conflict, [np.random.default_rng(0)])
    # g₁ − ⟨g₁, g₂⟩/‖g₂‖² g₂ = (½, ½); g₂ − ⟨g₂, g₁⟩ g₁ = (0, 1); their mean is (¼, ¾).
    assert found[0] == pytest.approx([0.25, 0.75])
    agreeing = np.array([[[1.0, 0.0], [0.5, 1.0]]])
    assert directions.pcgrad(agreeing, [np.random.default_rng(0)])[0] == pytest.approx([0.75, 0.5])


def test_cagrad_is_the_best_for_the_worst_task_near_the_mean() -> None:
    gradients = draw("conflicting", 2, [0])
    mean = gradients[0].mean(axis=0)
    found = directions.cagrad(gradients)[0]
    radius = directions.CAGRAD_C * np.linalg.norm(mean)
    assert np.linalg.norm(found - mean) == pytest.approx(radius)
    angles = np.linspace(0, 2 * np.pi, 20_001)
    # The best lies in the plane of both gradients, on the circle about the mean.
    basis = np.linalg.qr(gradients[0].T)[0]
    circle = mean + radius * np.stack([np.cos(angles), np.sin(angles)], axis=1) @ basis.T
    best = (circle @ gradients[0].T).min(axis=1).max()
    assert (gradients[0] @ found).min() == pytest.approx(best, abs=1e-3)
