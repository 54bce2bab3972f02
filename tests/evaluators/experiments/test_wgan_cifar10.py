"""WGANs on CIFAR-10: networks of the published sizes, and a toy cut of the real path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from evaluators.claims.judging.adversarial import of_critics
from evaluators.experiments import _resumable, wgan_cifar10
from evaluators.experiments._critics import gradient_penalty, slopes, values_of
from evaluators.experiments._sngan import Critic, Generator, Operations
from evaluators.experiments.wgan_cifar10 import ImageGan
from evaluators.experiments.wgan_critics import CONSTRAINTS
from evaluators.registry import find
from tests.evaluators.experiments.arm_means import means
from tests.evaluators.experiments.image_mirrors import run, write_mirror

TOY: dict[str, Any] = {
    "steps": 2,
    "critic_steps": 2,
    "batch": 4,
    "generator_width": 4,
    "critic_width": 4,
    "samples": 6,
    "classifier_epochs": 1,
    "seeds": [1],
}


@pytest.fixture(autouse=True)
def looks_at_few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wgan_cifar10, "LOOKED", 8)


def points(count: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(1, count, 3 * 32 * 32, generator=torch.Generator().manual_seed(seed))


def test_networks_have_the_published_sizes() -> None:
    with torch.device("meta"):
        made, critic = Generator(), Critic()
    conv = 256 * 256 * 9 + 256
    up = 2 * conv + (256 * 256 + 256) + 2 * 2 * 256
    assert sum(part.numel() for part in made.parameters()) == (
        (128 * 4096 + 4096) + 3 * up + 2 * 256 + (256 * 27 + 3)
    )
    conv = 128 * 128 * 9 + 128
    first, second = (128 * 27 + 128) + conv + (3 * 128 + 128), 2 * conv + (128 * 128 + 128)
    assert sum(part.numel() for part in critic.parameters()) == first + second + 4 * conv + 129


def test_a_normalised_critic_is_flat_in_pieces_and_a_penalty_is_what_it_says() -> None:
    """Networks of ReLU are linear in pieces: in one, D/(‖∇D‖ + |D|) has a slope of at most 1."""
    torch.manual_seed(0)
    critic = Critic(4)
    at = points(5).requires_grad_()
    plain = slopes(critic(at)[..., 0], at).detach().norm(dim=2)
    wu = slopes(values_of("wu", critic, at), at).norm(dim=2).detach()
    values = critic(at)[..., 0].detach().abs()
    assert torch.allclose(wu, plain.square() / (plain + values).square(), rtol=1e-3)
    shares = torch.ones(1, 5, 1)
    penalty = gradient_penalty(critic, at.detach(), points(5, 1), shares)
    assert float(penalty.detach()) == pytest.approx(float((plain - 1).square().mean()), rel=1e-4)


def test_a_spectral_norm_limits_the_weights() -> None:
    torch.manual_seed(0)
    critic = Critic(4, spectral=True)
    for _ in range(30):
        critic(points(1))
    weight = critic.blocks[1].first.weight.detach()
    assert float(torch.linalg.matrix_norm(weight.flatten(1), 2)) == pytest.approx(1, abs=0.02)


def test_operations_are_counted_as_torch_counts_them() -> None:
    torch.manual_seed(0)
    made, critic = Generator(4), Critic(4)
    totals = []
    for counter in (FlopCounterMode(display=False), Operations()):
        with counter:
            critic(made(torch.randn(3, 128))[None]).sum().backward()
        totals.append(
            counter.total if isinstance(counter, Operations) else counter.get_total_flops()
        )
    assert totals[0] == totals[1] > 1e6


def test_a_toy_cut_runs_through_the_real_path_and_is_a_smoke_run(tmp_path: Path) -> None:
    results = run("wgan_cifar10", TOY, write_mirror(tmp_path))
    scores = [score for result in results for score in result.scores]
    for metric in ("energy", "kernel", "batch_error", "sample_error", "megaflops"):
        assert set(means(scores, metric)) == set(CONSTRAINTS), metric
    assert all(0 <= value <= 1 for value in means(scores, "energy").values())
    flops = means(scores, "megaflops")
    assert flops["none"] == flops["clip"] < flops["penalty"]
    assert flops["none"] < flops["wu"]
    assert len(results[0].curves[0].values) == 3
    among = of_critics().among
    assert "wgan_cifar10" in among["evaluator"]
    evaluator = find("wgan_cifar10")
    job, *_ = evaluator.jobs(evaluator.Request(**TOY), "", lambda _: "0" * 64)
    assert evaluator.level(job.parameters) == "small"
    assert evaluator.cut(job.parameters) == "steps 2 of 100000, samples 6 of 10000"
    job, *_ = evaluator.jobs(evaluator.Request(), "", lambda _: "0" * 64)
    assert (evaluator.level(job.parameters), evaluator.cut(job.parameters)) == ("published", "")


def test_a_killed_training_goes_on_with_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = write_mirror(tmp_path / "mirror")
    toy = {**TOY, "steps": 3, "constraints": ["spectral"]}
    (whole,) = run("wgan_cifar10", toy, mirror)
    monkeypatch.setattr(_resumable, "SAVED_AFTER", 0.0)
    monkeypatch.setattr(_resumable, "EVERY", 1)
    taken, rounds = ImageGan.take_round, []

    def killing(*args: Any) -> Any:
        rounds.append(1)
        if len(rounds) == 3:
            raise KeyboardInterrupt
        return taken(*args)

    with monkeypatch.context() as patch:
        patch.setattr(ImageGan, "take_round", killing)
        with pytest.raises(KeyboardInterrupt):
            run("wgan_cifar10", toy, mirror, work=tmp_path)
    (resumed,) = run("wgan_cifar10", toy, mirror, work=tmp_path)
    assert resumed.cost["resumed_after_step"] == 2
    assert resumed.scores == whole.scores
    assert resumed.curves == whole.curves
