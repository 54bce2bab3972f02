"""Critics, the quality of samples, and a short training, against references and by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist
from scipy.stats import energy_distance

from evaluators.experiments import _sample_quality as quality
from evaluators.experiments import wgan_critics
from evaluators.experiments._critics import (
    EPSILON,
    Networks,
    c_transform,
    gradient_penalty,
    slopes,
    values_of,
)
from evaluators.experiments.batch_wasserstein import wasserstein
from evaluators.experiments.wgan_critics import (
    CONSTRAINTS,
    LIMIT,
    Constraint,
    Gan,
    Recipe,
    WganCritics,
    compare,
)
from tests.evaluators.experiments.arm_means import quiet


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def critic(spectral: bool = False) -> Networks:
    return Networks((2, 16, 16, 1), [0, 1], dtype=torch.float64, spectral=spectral)


def gan(constraint: Constraint, steps: int = 3, seeds: tuple[int, ...] = (0, 1)) -> Gan:
    made = Gan(
        quality.Source("ring", seeds, 64), seeds, Recipe(constraint, 2, steps, 16, 1e-3, 1e-3)
    )
    made.train(quiet)
    return made


def test_energy_distance_is_scipys() -> None:
    first, second = drawn(2, 40, 1), 0.5 + drawn(2, 30, 1, seed=1)
    found = quality.energy(first, second)
    for place in (0, 1):
        x, y = first[place, :, 0].numpy(), second[place, :, 0].numpy()
        across = 2 * np.abs(x[:, None] - y).mean()
        expected = energy_distance(x, y) ** 2 / across
        assert float(found[place]) == pytest.approx(expected, rel=1e-9)


def test_kernel_distance_is_the_sum_over_pairs() -> None:
    real, made = drawn(1, 12, 2), 1 + drawn(1, 9, 2, seed=1)
    x, y = real[0].numpy(), made[0].numpy()

    width = np.sort(cdist(x, x).ravel())[(144 - 1) // 2]
    terms = [np.exp(-((cdist(a, b) / width) ** 2) / 2).mean() for a, b in ((x, x), (y, y))]
    cross = np.exp(-((cdist(x, y) / width) ** 2) / 2).mean()
    found = quality.kernel_distance(real, made)
    assert float(found[0]) == pytest.approx(sum(terms) - 2 * cross, rel=1e-9)


def test_a_mode_needs_a_quarter_of_its_due_samples() -> None:
    centres = torch.tensor([[0.0, 0.0], [9.0, 0.0]])
    near, far = torch.zeros(1, 13, 2), torch.tensor([9.0, 0.2]).expand(1, 3, 2)
    outside = torch.tensor([9.0, 0.4]).expand(1, 4, 2)
    assert quality.covered(torch.cat([near, far], dim=1), centres).tolist() == [1.0]
    assert quality.covered(torch.cat([near, outside], dim=1), centres).tolist() == [0.5]
    ring = quality.Source("ring", [0], 512)
    assert quality.covered(ring.compared, quality.modes("ring")).tolist() == [1.0]


def test_the_c_transform_is_never_above_the_exact_distance() -> None:
    real, made = drawn(2, 20, 2), 1 + drawn(2, 20, 2, seed=1)
    potentials, transformed = (part.detach() for part in c_transform(critic(), real, made))
    estimate = potentials.mean(dim=1) + transformed.mean(dim=1)
    exact = [wasserstein(x.numpy(), y.numpy()) for x, y in zip(real, made, strict=True)]
    assert (estimate < torch.tensor(exact)).all()
    one = (real[0] - made[0, 3]).norm(dim=-1) - potentials[0]
    assert float(transformed[0, 3]) == pytest.approx(float(one.min()), rel=1e-9)


def test_spectral_weights_have_norm_one() -> None:
    networks = critic(spectral=True)
    for _ in range(200):
        networks.iterate()
    for place in range(3):
        norms = torch.linalg.matrix_norm(networks._weight(place), ord=2)
        assert torch.allclose(norms, torch.ones_like(norms), atol=1e-6)


def test_the_penalty_of_a_linear_critic_is_known() -> None:
    networks = Networks((2, 1), [0], dtype=torch.float64)
    with torch.no_grad():
        networks.weights[0].copy_(torch.tensor([[[3.0], [4.0]]]))
    found = gradient_penalty(networks, drawn(1, 6, 2), drawn(1, 6, 2, seed=1), torch.rand(1, 6, 1))
    assert float(found.detach()) == pytest.approx((5 - 1) ** 2)


def test_normalised_values_are_those_of_the_formulas() -> None:
    points = drawn(2, 30, 2).requires_grad_()
    networks = critic()
    values = networks(points)[..., 0]
    gradients = slopes(values, points)
    w = gradients.norm(dim=-1)
    expected = {
        "wu": values / (w + values.abs()),
        "bhaskara": values * w / (w**2 + EPSILON),
        "linear-form": (gradients / w[..., None] * points).sum(dim=-1),
    }
    for form in ("wu", "bhaskara", "linear-form"):
        assert torch.allclose(values_of(form, networks, points), expected[form]), form


def test_the_generator_needs_no_second_derivative_of_a_relu_critic() -> None:
    networks, points = critic(), drawn(2, 30, 2).requires_grad_()
    (whole,) = torch.autograd.grad(values_of("wu", networks, points).sum(), points)
    values = networks(points)[..., 0]
    w = slopes(values, points).norm(dim=-1).detach()
    (short,) = torch.autograd.grad((values / (w + values.abs())).sum(), points)
    assert torch.allclose(whole, short, atol=1e-12)


def test_clipping_keeps_weights_inside_the_limit() -> None:
    largest = max(float(each.abs().max().detach()) for each in gan("clip").critic.parameters)
    assert largest == pytest.approx(LIMIT)
    assert max(float(each.abs().max().detach()) for each in gan("none").critic.parameters) > LIMIT


def test_all_arms_see_the_same_data_and_first_weights() -> None:
    sources = [gan(constraint) for constraint in CONSTRAINTS]
    states = {tuple(one.draws[0].get_state().tolist()) for one in sources}
    assert len(states) == 1


def test_a_seeds_networks_do_not_depend_on_the_others() -> None:
    alone, both = gan("penalty", seeds=(1,)), gan("penalty", seeds=(0, 1))
    assert torch.allclose(alone.made(8)[0], both.made(8)[1], atol=1e-5)


def test_every_arm_gives_every_metric_twice_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wgan_critics, "COMPARED", 40)
    for constraint in CONSTRAINTS:
        recipe = Recipe(constraint, 1, 4, 16, 1e-3, 1e-3)
        first, again = (compare("digits", [0, 1], recipe, quiet) for _ in range(2))
        assert first.scores == again.scores
        metrics = {score.metric for score in first.scores}
        assert {"energy", "kernel", "batch_error", "sample_error", "megaflops"} <= metrics
    assert {s.variant["setting"] for s in first.scores} == {
        "digits, critic steps 1, steps 4, batch 16, rate 0.001, generator rate 0.001"
    }


def test_normalisation_and_penalty_take_more_operations_than_clipping() -> None:
    counts = {c: gan(c, steps=1).megaflops for c in ("none", "clip", "penalty", "wu")}
    assert counts["clip"] == counts["none"]
    assert counts["penalty"] > 1.3 * counts["clip"]
    assert counts["wu"] > 1.3 * counts["clip"]


def test_fewer_steps_are_a_cut() -> None:
    evaluator = WganCritics()
    (job,) = evaluator.jobs(
        evaluator.Request(
            worlds=("ring",), critic_steps=(1,), constraints=("clip",), steps=50, seeds=(0,)
        ),
        "",
        str,
    )
    assert evaluator.cut(job.parameters).startswith("steps 50 of")
    assert evaluator.level(job.parameters) == "made-up"
