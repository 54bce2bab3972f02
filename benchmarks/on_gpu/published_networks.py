"""Steps of the networks that experiments train in their published settings, on made-up images.

From the seconds of a step follow the hours of the plans `*-published.yaml`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch

from benchmarks.on_gpu.measured import Bench, Measured
from benchmarks.training_step import wait
from evaluators.batch_sweep.images import ImageData, given_split
from evaluators.contrastive.one_thread import repeatable
from evaluators.experiments import _resumable, ddpm_cifar10, simsiam_cifar10, vae_mnist
from evaluators.experiments._diffusion import Schedule
from evaluators.experiments._iwae import Autoencoder
from evaluators.experiments._resnet18 import SimSiam
from evaluators.experiments._unet import UNet
from evaluators.experiments.wgan_cifar10 import ImageGan
from evaluators.progress import Report

Training = Callable[[_resumable.Bench, int, Report], object]
"""Takes so many steps, and reports them."""


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the seconds of a step of each network, in bfloat16."""
    steps = 2 if bench.toy else 2 * _resumable.EVERY
    for work, (batch, training) in _trainings(toy=bench.toy).items():
        place = _resumable.Bench(torch.device(bench.device), "bfloat16", 0, None, "")
        times = [(0, time.perf_counter())]

        def note(done: int, of: int, times: list[tuple[int, float]] = times) -> None:
            wait(bench.device)
            times.append((done, time.perf_counter()))

        peak = bench.watch_peak()
        with repeatable():
            training(place, steps, note)
        # The first steps choose kernels; a trial has no others.
        (first, since), (last, until) = times[-2:]
        seconds = (until - since) / (last - first)
        yield Measured(
            work=f"{work}, B = {batch}",
            side="rankcheck",
            seconds=seconds,
            rate=batch / seconds,
            unit="images",
            peak_bytes=peak(),
        )


def _trainings(*, toy: bool) -> dict[str, tuple[int, Training]]:
    """Return batch and training by name."""
    images = _made_up(3, 32, 8 if toy else 512)
    digits = _made_up(1, 28, 20)
    batches = (
        {"simsiam": 8, "ddpm": 4, "gan": 4} if toy else {"simsiam": 512, "ddpm": 128, "gan": 64}
    )
    width = {"resnet": 4, "unet": 8, "generator": 4, "critic": 4}
    if not toy:
        width = {"resnet": 64, "unet": 128, "generator": 256, "critic": 128}
    outputs = 16 if toy else 2048

    def simsiam(place: _resumable.Bench, steps: int, report: Report) -> None:
        model = place.new(lambda: SimSiam(width["resnet"], outputs, outputs // 4))
        simsiam_cifar10.fit(
            model,
            images.train[: batches["simsiam"]],
            place,
            arm="SimSiam",
            speed=1.0,
            epochs=steps,
            batch=batches["simsiam"],
            rate=0.03,
            report=report,
        )

    def ddpm(place: _resumable.Bench, steps: int, report: Report) -> None:
        ddpm_cifar10.fit(
            place.new(lambda: UNet(width["unet"])),
            images.train,
            Schedule.rescaled(1000),
            place,
            updates=steps,
            batch=batches["ddpm"],
            rate=2e-4,
            report=report,
        )

    def gan(place: _resumable.Bench, steps: int, report: Report) -> None:
        found = ImageGan(
            images,
            place,
            constraint="penalty",
            steps=steps,
            critic_steps=5,
            batch=batches["gan"],
            rate=2e-4,
            generator_width=width["generator"],
            critic_width=width["critic"],
        )
        optimisers = found.optimisers()
        _resumable.train(
            lambda _, generator: found.take_round(optimisers, generator),
            place,
            steps=steps,
            modules={},
            optimisers={},
            report=report,
        )

    def iwae(place: _resumable.Bench, steps: int, report: Report) -> None:
        pixels = digits.train.flatten(1)
        model = place.new(lambda: Autoencoder(200, 50, pixels.mean(dim=0)))
        stages = next(count for count in range(1, 9) if (3**count - 1) // 2 >= steps)
        vae_mnist.fit(
            model, pixels, place, samples=50, stages=stages, batch=20, rate=1e-3, report=report
        )

    return {
        "SimSiam step, ResNet-18": (batches["simsiam"], simsiam),
        "DDPM update, U-Net": (batches["ddpm"], ddpm),
        "WGAN round, five steps of the critic with the penalty": (batches["gan"], gan),
        "IWAE step, 50 latents": (20, iwae),
    }


def _made_up(channels: int, side: int, count: int) -> ImageData:
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randint(256, (count, channels, side, side), generator=generator).byte()
    labels = torch.arange(count) % 2
    return given_split("made-up", pixels, labels, pixels[:2], labels[:2])
