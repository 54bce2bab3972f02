"""The experiments in published settings on a GPU: numbers repeat and sizes fit. Needs CUDA."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from evaluators.experiments._diffusion import Schedule
from evaluators.experiments._resumable import Bench
from evaluators.experiments._unet import UNet
from evaluators.experiments.ddpm_cifar10 import fit
from tests.evaluators.experiments.image_mirrors import run, write_mirror

pytestmark = pytest.mark.gpu

TOYS: dict[str, dict[str, Any]] = {
    "simsiam_cifar10": {"width": 8, "outputs": 32, "batch": 16, "epochs": 2},
    "ddpm_cifar10": {
        "width": 32,
        "steps": [10],
        "updates": 3,
        "batch": 8,
        "samples": 8,
        "classifier_epochs": 2,
    },
    "wgan_cifar10": {
        "steps": 3,
        "batch": 8,
        "generator_width": 8,
        "critic_width": 8,
        "samples": 16,
        "classifier_epochs": 2,
    },
    "vae_mnist": {"stages": 2, "samples": 100},
}


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("evaluator", TOYS)
def test_a_toy_cut_repeats_to_the_last_bit(evaluator: str, dtype: str, tmp_path: Path) -> None:
    mirror = write_mirror(tmp_path, "mnist" if evaluator == "vae_mnist" else "cifar10")
    request = {**TOYS[evaluator], "seeds": [1], "dtype": dtype}
    first, again = (run(evaluator, request, mirror, device="cuda") for _ in range(2))
    assert [result.scores for result in first] == [result.scores for result in again]
    assert {result.cost["device"] for result in first} == {"cuda"}


def test_the_published_unet_trains_in_a_quarter_of_80_gigabytes() -> None:
    bench = Bench(torch.device("cuda"), "bfloat16", 1, None, "")
    images = torch.rand(128, 3, 32, 32)
    torch.cuda.reset_peak_memory_stats()
    network = bench.new(UNet)
    trained, _ = fit(
        network, images, Schedule.rescaled(1000), bench, updates=3, batch=128, rate=2e-4
    )
    assert trained.curve.points()[0, 0] == pytest.approx(1, abs=0.05)
    assert torch.cuda.max_memory_allocated() < 20e9
