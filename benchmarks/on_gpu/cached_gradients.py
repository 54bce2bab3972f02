"""SimCSE's step at a batch of 8,192 sentences by cached gradients, in the memory of a chunk."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np

from benchmarks.on_gpu.measured import Bench, Measured
from benchmarks.on_gpu.random_checkpoints import made_up_sentences, make_bert
from benchmarks.training_step import wait
from evaluators.dataset import PairDataset
from evaluators.simcse.training import TextRecipe, train_text


def measure(bench: Bench) -> Iterator[Measured]:
    """Yield the seconds of a step and its memory, at a small and at the large batch."""
    folder = bench.folder / "bert-to-contrast"
    make_bert(folder, toy=bench.toy)
    for batch in (4, 8) if bench.toy else (512, 8192):
        chunk = 4 if bench.toy else 512
        steps = 2 if bench.toy else 3
        sentences = made_up_sentences(steps * batch, (8, 24) if bench.toy else (16, 48), seed=1)
        recipe = TextRecipe(
            loss="infonce",
            dtype="float32",
            batch=batch,
            chunk=chunk,
            sentences=steps * batch,
            temperature=0.05,
            rate=1e-5,
            max_length=64,
            seed=0,
            encoder="bfloat16",
        )
        times: list[float] = []

        def note_time(step: int, of: int, times: list[float] = times) -> None:
            wait(bench.device)
            times.append(time.perf_counter())

        result = train_text(
            folder,
            sentences,
            _pairs(sentences[:4]),
            recipe,
            device=bench.device,
            before=0.0,
            report=note_time,
        )
        seconds = (times[-1] - times[0]) / (steps - 1)
        yield Measured(
            work=f"cached gradients, BERT-base, B = {batch}, chunks of {chunk}",
            side="rankcheck",
            seconds=seconds,
            rate=batch / seconds,
            unit="sentences",
            peak_bytes=result.peak_bytes,
        )


def _pairs(sentences: list[str]) -> PairDataset:
    """Return a few graded pairs, as training wants to score something afterwards."""
    first, second = tuple(sentences[:-1]), tuple(sentences[1:])
    return PairDataset("made-up", "test", first, second, np.arange(len(first), dtype=np.float64))
