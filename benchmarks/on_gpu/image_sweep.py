"""The batch sweep's ResNet-18 on made-up images: steps at a batch of 256."""

from __future__ import annotations

import time
from collections.abc import Iterator

import torch

from benchmarks.on_gpu.measured import Bench, Measured
from benchmarks.training_step import wait
from evaluators.batch_sweep.images import split_images
from evaluators.batch_sweep.training import Recipe, train


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the seconds of a step for one seed, and for four at once."""
    encoder, batch, side = ("resnet", 8, 8) if bench.toy else ("resnet18", 256, 32)
    steps = 3 if bench.toy else 25
    count = round((steps * batch) / (1 - 500 / 1797)) + batch
    images = torch.rand(count, 3, side, side, generator=torch.Generator().manual_seed(0))
    data = split_images("made-up", images, torch.arange(count) % 10)
    recipe = Recipe("infonce", "float32", batch, augmentation="simclr", epochs=1, encoder=encoder)
    for seeds in ((0,), (0, 1, 2, 3)):
        times: list[float] = []

        def note_time(step: int, of: int, times: list[float] = times) -> None:
            if step in (2, of):  # the first steps choose kernels
                wait(bench.device)
                times.append(time.perf_counter())

        peak = bench.watch_peak()
        steps = len(data.train) // batch
        train(data, recipe, seeds, device=torch.device(bench.device), report=note_time)
        seconds = (times[-1] - times[0]) / max(1, steps - 2)
        yield Measured(
            work=f"batch sweep step, {encoder}, B = {batch}, {_networks(len(seeds))}",
            side="rankcheck",
            seconds=seconds,
            rate=2 * batch * len(seeds) / seconds,
            unit="views",
            peak_bytes=peak(),
        )


def _networks(count: int) -> str:
    return "one network" if count == 1 else f"{count} networks at once"
