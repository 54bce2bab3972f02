"""Fine-tuning steps in float32 and bfloat16, as a share of the machine's matrix product.

A BERT-base where there is a GPU, the small BERT elsewhere; both random, as speed does not ask. The
ceiling is torch's own product of two large square matrices in the same number format.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import torch

from benchmarks.table import Row
from evaluators.small_bert.make import Size, make_small_bert
from evaluators.trainer import heads, methods
from evaluators.trainer.labelled_data import LabelledDataset, TextExample
from evaluators.trainer.training.batches import Rows
from evaluators.trainer.training.loop import Run
from evaluators.trainer.training.recipe import Recipe
from evaluators.trainer.training.task_model import (
    EncoderWithHead,
    accelerator,
    load_checkpoint,
    reading_of,
)

LENGTH = 128
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def run(rounds: int) -> Iterator[Row]:
    """Yield seconds of a step, and its share of the ceiling, of each number format."""
    gpu = torch.cuda.is_available()
    size = Size(12, 768, 12) if gpu else Size()
    batch, steps = (64, 20) if gpu else (16, 1)
    best = dict.fromkeys(DTYPES, float("inf"))
    ceiling = dict.fromkeys(DTYPES, 0.0)
    with tempfile.TemporaryDirectory() as folder:
        make_small_bert(Path(folder) / "bert", size)
        for dtype, number in DTYPES.items():  # the first round of each warms it up
            with _stepper(Path(folder) / "bert", dtype, batch) as step:
                for round_ in range(rounds + 1):
                    ceiling[dtype] = max(ceiling[dtype], _product(number, gpu))
                    took = _time(step, steps)
                    best[dtype] = min(best[dtype], took) if round_ else best[dtype]
    name = f"training step, {size.layers}x{size.hidden}, {batch} x {LENGTH} tokens"
    work = _operations(size, batch)
    for dtype, took in best.items():
        share = work / took / ceiling[dtype]
        note = (
            f"{batch * LENGTH / took:,.0f} tokens/s, {work / took / 1e12:.2f} TFLOP/s; the ratio is"
            f" the share of {ceiling[dtype] / 1e12:.2f} TFLOP/s of a matrix product"
        )
        yield Row(name, dtype, took, share, None, note)


class _stepper:  # noqa: N801 (used as a function)
    """Open a training run whose steps are taken one at a time."""

    def __init__(self, folder: Path, dtype: str, batch: int) -> None:
        self._given = folder, dtype, batch

    def __enter__(self) -> Callable[[], object]:
        folder, dtype, batch = self._given
        loaded = load_checkpoint(folder, None, LENGTH)
        text = "的" * (LENGTH - 2)
        examples = tuple(TextExample(str(i), text, None, i % 15) for i in range(batch))
        labels = tuple(str(i) for i in range(15))
        data = LabelledDataset("made-up", "train", "classification", labels, examples)
        recipe = Recipe(batch=batch, max_length=LENGTH, dtype=dtype)
        self._open = accelerator(loaded.device, dtype)
        accelerated = self._open.__enter__()
        model = EncoderWithHead(loaded, data, None).to(loaded.device)
        reading = reading_of(LENGTH, heads.find("classification"))
        rows = Rows(data, loaded.tokenizer, reading, loaded.device)
        training = Run(
            model,
            methods.make("plain"),
            rows,
            recipe,
            accelerator=accelerated,
            work=None,
            identity="",
        )
        training.model.train()
        return lambda: training._step(range(batch))

    def __exit__(self, *error: object) -> None:
        self._open.__exit__(None, None, None)


def _time(step: Callable[[], object], steps: int) -> float:
    """Return seconds a step; a step ends by reading its loss, so the device is done."""
    started = time.perf_counter()
    for _ in range(steps):
        step()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return (time.perf_counter() - started) / steps


def _product(dtype: torch.dtype, gpu: bool) -> float:
    """Return operations a second of a large matrix product."""
    n, repeats = (8192, 20) if gpu else (1024, 4)
    a = torch.randn(n, n, device="cuda" if gpu else "cpu").to(dtype)
    took = _time(lambda: a @ a, repeats)
    return 2 * n**3 / took


def _operations(size: Size, batch: int) -> float:
    """Return operations of a step's matrix products: forward, and twice that backward.

    A token passes 12 h² weights a layer, and 2 · length · h products of attention, at 2 operations
    each; embeddings and the head are left out.
    """
    layer = 2 * (12 * size.hidden**2 + 2 * LENGTH * size.hidden)
    return 3.0 * batch * LENGTH * size.layers * layer
