"""DDPM on CIFAR-10: its published U-Net, distances by features, and a toy cut of the real path."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics.pairwise import polynomial_kernel

from evaluators.experiments import _diffusion, _image_features, _resumable, _sample_quality
from evaluators.experiments._diffusion import Schedule
from evaluators.experiments._image_features import Judge
from evaluators.experiments._resumable import Bench
from evaluators.experiments._sngan import doubled
from evaluators.experiments._unet import Attention, UNet, sample, waves
from evaluators.experiments.ddpm_cifar10 import ARMS, fit
from evaluators.registry import find
from tests.evaluators.experiments.arm_means import means, settings
from tests.evaluators.experiments.image_mirrors import images_of, run, write_mirror

TOY: dict[str, Any] = {
    "width": 8,
    "steps": [2],
    "updates": 2,
    "batch": 8,
    "samples": 4,
    "classifier_epochs": 1,
    "seeds": [1],
}
CPU = Bench(torch.device("cpu"), "float32", 1, None, "")


def test_the_network_has_the_published_size() -> None:
    with torch.device("meta"):
        network = UNet()
    assert sum(part.numel() for part in network.parameters()) == 35_746_307
    attends = [name for name, part in network.named_modules() if isinstance(part, Attention)]
    assert len(attends) == 2 + 3 + 1, "at 16 × 16 on both sides, and in the middle"


def test_a_new_network_tells_no_noise_and_knows_the_time_after_a_step() -> None:
    # Two channels to a group: of one alone, normalisation takes away what the time adds.
    network = CPU.new(lambda: UNet(64, 16, 0.0))
    generator = torch.Generator().manual_seed(0)
    images = torch.randn(2, 3, 16, 16, generator=generator)
    times = torch.tensor([1.0, 500.0])
    assert not network(images, times).any()
    torch.nn.init.ones_(network.last.weight)
    for part in network.modules():
        if isinstance(part, torch.nn.Conv2d) and not part.weight.any():
            torch.nn.init.normal_(part.weight, std=0.1, generator=generator)
    now, other = network(images, times), network(images, times.flip(0))
    assert (now - other).norm() > 0.01 * now.norm()


def test_attention_is_that_of_its_definition() -> None:
    torch.manual_seed(0)
    layer = Attention(8)
    torch.nn.init.eye_(layer.outputs.weight[..., 0, 0].detach().clone())
    with torch.no_grad():
        layer.outputs.weight.copy_(torch.eye(8)[..., None, None])
        layer.outputs.bias.zero_()
        states = torch.randn(1, 8, 3, 3)
        query, key, value = layer.inputs(layer.norm(states)).flatten(2)[0].chunk(3)
        weights = (query.T @ key / math.sqrt(8)).softmax(dim=1)
        expected = states + (value @ weights.T).view(1, 8, 3, 3)
        assert torch.allclose(layer(states), expected, atol=1e-5)


def test_pieces_are_as_in_their_references() -> None:
    states = torch.randn(2, 3, 4, 4)
    reference = torch.nn.functional.interpolate(states, scale_factor=2, mode="nearest")
    assert torch.equal(doubled(states), reference)
    found = waves(torch.tensor([0.0, 3.0]), 8)
    assert found[0].tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert found[1, [0, 3]].tolist() == pytest.approx([math.sin(3), math.sin(3e-4)], rel=1e-5)


def test_a_network_that_knows_the_image_brings_it_back() -> None:
    clean = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1
    schedule = Schedule.rescaled(50)

    def knows(points: torch.Tensor, times: torch.Tensor) -> torch.Tensor:
        at = round(float(times[0]) * 50 / 1000)
        return (points - float(schedule.alpha_bar[at]) * clean) / float(schedule.beta_bar[at])

    made = sample(knows, schedule, 5, (3, 8, 8), CPU, at_once=2)
    assert made.shape == (5, 3, 8, 8)
    assert torch.allclose(made, clean.expand(5, -1, -1, -1), atol=1e-4)
    idle = sample(lambda points, times: 0 * points, schedule, 5, (3, 8, 8), CPU, at_once=2)
    assert len({float(image.sum()) for image in idle}) == 5


def test_a_network_learns_noise(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("evaluators.experiments.ddpm_cifar10.WARMUP", 1)
    data = images_of(write_mirror(tmp_path))
    network = CPU.new(lambda: UNet(8, 16, 0.0))
    small = data.train[:, :, 8:24, 8:24]
    trained, mean = fit(network, small, Schedule.rescaled(100), CPU, updates=20, batch=4, rate=5e-3)
    points = trained.curve.points()[0]
    assert points[0] == pytest.approx(1, abs=0.1)
    assert points[-1] < 0.6
    moved = [
        float((ours - theirs.detach()).abs().max())
        for ours, theirs in zip(mean.parameters(), network.parameters(), strict=True)
    ]
    assert max(moved) > 0.01, "the mean of weights lags behind them"


def test_distances_agree_with_references() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(7, 5)), rng.normal(1, 1, size=(6, 5))
    ours = [torch.tensor(each) for each in (first, second)]
    kernel = {"degree": 3, "gamma": 1 / 5, "coef0": 1}
    inside, other = (polynomial_kernel(each, **kernel) for each in (first, second))
    expected = (
        (inside.sum() - inside.trace()) / 42
        + (other.sum() - other.trace()) / 30
        - 2 * polynomial_kernel(first, second, **kernel).mean()
    )
    assert _image_features.kernel_distance(*ours) == pytest.approx(expected)
    assert _image_features.energy_distance(*ours) == pytest.approx(
        _diffusion.energy_distance(*ours)
    )
    share = float(_sample_quality.energy(ours[0][None], ours[1][None]))
    assert _image_features.energy_share(*ours) == pytest.approx(share)


def test_blocks_of_rows_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = torch.randn(30, 4, generator=torch.Generator().manual_seed(0))
    kinds = ("kernel_distance", "energy_distance", "energy_share")
    whole = [getattr(_image_features, kind)(rows[:17], rows[17:]) for kind in kinds]
    monkeypatch.setattr(_image_features, "AT_ONCE", 4)
    parts = [getattr(_image_features, kind)(rows[:17], rows[17:]) for kind in kinds]
    assert parts == pytest.approx(whole)


def test_a_classifier_learns_and_its_features_tell_noise_from_images(tmp_path: Path) -> None:
    data = images_of(write_mirror(tmp_path))
    judge = Judge(data, CPU, 12)
    assert judge.accuracy > 0.5, "a quarter would be chance"
    noise = torch.rand(16, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    for distance in (_image_features.energy_distance, _image_features.kernel_distance):
        real = distance(judge.features(2 * data.train - 1), judge.real)
        assert distance(judge.features(noise), judge.real) > max(10 * abs(real), 1e-4)
    seeds = [Judge(data, CPU._replace(seed=seed), 1).real for seed in (1, 2)]
    assert torch.equal(*seeds), "all arms and seeds have one judge"


def test_a_toy_cut_runs_through_the_real_path_and_is_a_smoke_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mirror = write_mirror(tmp_path / "mirror")
    results = run("ddpm_cifar10", TOY, mirror)
    scores = [score for result in results for score in result.scores]
    assert len(settings(scores)) == 1
    for metric in ("distance", "kernel"):
        assert set(means(scores, metric)) == {*ARMS, "training data"}
    floors = {
        (score.variant["setting"], score.value)
        for score in scores
        if (score.variant["arm"], score.metric) == ("training data", "distance")
    }
    assert len({value for _, value in floors}) == 1
    monkeypatch.setattr(_resumable, "SAVED_AFTER", 0.0)
    monkeypatch.setattr(_resumable, "EVERY", 1)
    lost = OSError("the disk is gone")

    def broken(*args: Any, **kinds: Any) -> Any:
        raise lost

    made = "evaluators.experiments._unet.sample"
    with monkeypatch.context() as patch:
        patch.setattr(made, broken)
        with pytest.raises(OSError, match="gone"):
            run("ddpm_cifar10", {**TOY, "arms": ["rescaled"]}, mirror, work=tmp_path)
    (resumed,) = run("ddpm_cifar10", {**TOY, "arms": ["rescaled"]}, mirror, work=tmp_path)
    assert resumed.cost["resumed_after_step"] == 2
    assert resumed.scores == results[0].scores
    evaluator = find("ddpm_cifar10")
    jobs = evaluator.jobs(evaluator.Request(**TOY), "", lambda _: "0" * 64)
    assert {evaluator.level(job.parameters) for job in jobs} == {"small"}
    assert all("updates 2 of 800000" in evaluator.cut(job.parameters) for job in jobs)
    published = evaluator.jobs(evaluator.Request(), "", lambda _: "0" * 64)
    assert {evaluator.level(job.parameters) for job in published} == {"published"}
    assert len(published) == 18
