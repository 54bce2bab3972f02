"""Autoencoders of MNIST: the published network, its estimates, and a toy cut of the real path."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
import torch
from torch.distributions import Bernoulli, Normal

from evaluators.claims.iwae_beats_vae import CLAIM
from evaluators.claims.judging.claim import RowsOf
from evaluators.experiments import _resumable
from evaluators.experiments._iwae import Autoencoder, estimates
from evaluators.experiments._resumable import Bench
from evaluators.experiments.vae_mnist import ARMS, fit, rate_in
from evaluators.registry import find
from tests.evaluators.experiments.arm_means import means, settings
from tests.evaluators.experiments.image_mirrors import images_of, run, write_mirror

TOY: dict[str, Any] = {"stages": 2, "hidden": 8, "latents": 3, "samples": 20, "seeds": [1]}
CPU = Bench(torch.device("cpu"), "float32", 1, None, "")


def test_the_network_has_the_published_size() -> None:
    model = Autoencoder(200, 50, torch.full((784,), 0.1))
    encoder = (784 * 200 + 200) + (200 * 200 + 200) + 2 * (200 * 50 + 50)
    decoder = (50 * 200 + 200) + (200 * 200 + 200) + (200 * 784 + 784)
    assert sum(part.numel() for part in model.parameters()) == encoder + decoder


def test_weights_are_those_of_the_distributions() -> None:
    torch.manual_seed(0)
    model = Autoencoder(5, 2, torch.rand(6))
    points, noise = torch.bernoulli(torch.full((3, 6), 0.5)), torch.randn(3, 4, 2)
    states = model.encoder(points)
    spread = model.log_spread(states).exp()[:, None]
    told = Normal(model.centre(states)[:, None], spread)
    latents = told.loc + spread * noise
    pixels = Bernoulli(logits=model.decoder(latents))
    expected = (
        pixels.log_prob(points[:, None].expand(-1, 4, -1)).sum(dim=2)
        + Normal(0.0, 1.0).log_prob(latents).sum(dim=2)
        - told.log_prob(latents).sum(dim=2)
    )
    assert torch.allclose(model.log_weights(points, noise), expected, atol=1e-5)


def test_many_latents_give_the_density_of_an_integral() -> None:
    torch.manual_seed(0)
    model = Autoencoder(5, 1, torch.rand(6))
    for part in model.decoder:
        if isinstance(part, torch.nn.Linear):
            torch.nn.init.normal_(part.weight, std=1.0)
    points = torch.bernoulli(torch.full((2, 6), 0.5))
    grid = torch.linspace(-8, 8, 4001)[:, None]
    with torch.no_grad():
        prior = Normal(0.0, 1.0).log_prob(grid[:, 0])
        seen = Bernoulli(logits=model.decoder(grid)).log_prob(points[:, None]).sum(dim=2)
        truth = (prior + seen).double().logsumexp(dim=1) + math.log(16 / 4000)
    found = estimates(model, points, 20_000, CPU)
    assert found["log_p"] == pytest.approx(float(truth.mean()), abs=0.01)
    assert found["elbo"] < found["log_p"]
    assert 0 < found["ess"] <= 1


def test_rates_fall_by_stages_of_1_3_9_epochs() -> None:
    stages = [round(-7 * math.log10(rate_in(epoch, 1.0))) for epoch in range(14)]
    assert stages == [0, 1, 1, 1, *[2] * 9, 3]
    assert sum(3**stage for stage in range(8)) == 3280
    assert rate_in(3279, 1e-3) == pytest.approx(1e-4)


def test_a_network_learns(tmp_path: Path) -> None:
    data = images_of(write_mirror(tmp_path, "mnist"), "mnist")
    pixels = data.train.flatten(1)
    model = CPU.new(lambda: Autoencoder(16, 4, pixels.mean(dim=0)))
    before = estimates(model, data.test.flatten(1), 50, CPU)["log_p"]
    fit(model, pixels, CPU, samples=5, stages=4, batch=8, rate=1e-2)
    assert estimates(model, data.test.flatten(1), 50, CPU)["log_p"] > before + 10


def test_a_toy_cut_runs_through_the_real_path_and_is_a_smoke_run(tmp_path: Path) -> None:
    mirror = write_mirror(tmp_path, "mnist")
    results = run("vae_mnist", TOY, mirror)
    scores = [score for result in results for score in result.scores]
    assert len(results) == 3, "one network without importance, and one for each number"
    assert len(settings(scores)) == 2
    assert set(means(scores, "log_p")) == set(ARMS)
    losses = {curve.values[1:] for result in results for curve in result.curves}
    assert len(losses) == 3
    for metric in ("elbo", "ess", "active"):
        assert set(means(scores, metric)) == set(ARMS)
    assert isinstance(CLAIM.evidence, RowsOf)
    assert "mnist" in CLAIM.evidence.among["task"]
    evaluator = find("vae_mnist")
    job, *_ = evaluator.jobs(evaluator.Request(**TOY), "", lambda _: "0" * 64)
    assert evaluator.level(job.parameters) == "small"
    assert evaluator.cut(job.parameters) == "stages 2 of 8, samples 20 of 5000"
    job, *_ = evaluator.jobs(evaluator.Request(), "", lambda _: "0" * 64)
    assert (evaluator.level(job.parameters), evaluator.cut(job.parameters)) == ("published", "")


def test_a_killed_training_goes_on_with_the_same_bits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = write_mirror(tmp_path / "mirror", "mnist")
    toy = {**TOY, "arms": ["iwae"], "importance": [5]}
    (whole,) = run("vae_mnist", toy, mirror)
    monkeypatch.setattr(_resumable, "SAVED_AFTER", 0.0)
    monkeypatch.setattr(_resumable, "EVERY", 1)
    taken, steps = Autoencoder.log_weights, []

    def killing(*args: Any) -> Any:
        steps.append(1)
        if len(steps) == 3:
            raise KeyboardInterrupt
        return taken(*args)

    with monkeypatch.context() as patch:
        patch.setattr(Autoencoder, "log_weights", killing)
        with pytest.raises(KeyboardInterrupt):
            run("vae_mnist", toy, mirror, work=tmp_path)
    (resumed,) = run("vae_mnist", toy, mirror, work=tmp_path)
    assert resumed.cost["resumed_after_step"] == 2
    assert resumed.scores == whole.scores
    assert resumed.curves == whole.curves
