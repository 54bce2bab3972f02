"""One fine-tuning step of a BERT, and its operations beside a plain matrix product's."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from evaluators.small_bert.make import Size
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

DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


@contextmanager
def training_step(
    folder: Path, dtype: str, batch: int, length: int, device: str | None = None
) -> Iterator[Callable[[], object]]:
    """Open a training run and give the function that takes one step of it.

    Args:
        folder: The checkpoint.
        dtype: Number format of the activations.
        batch: Number of examples in a step.
        length: Tokens of each.
        device: torch's name; None takes CUDA where there is one.
    """
    loaded = load_checkpoint(folder, device, length)
    text = "的" * (length - 2)
    examples = tuple(TextExample(str(i), text, None, i % 15) for i in range(batch))
    labels = tuple(str(i) for i in range(15))
    data = LabelledDataset("made-up", "train", "classification", labels, examples)
    recipe = Recipe(batch=batch, max_length=length, dtype=dtype)
    with accelerator(loaded.device, dtype) as accelerated:
        model = EncoderWithHead(loaded, data, None).to(loaded.device)
        reading = reading_of(length, heads.find("classification"))
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
        yield lambda: training._step(range(batch))


def step_operations(size: Size, batch: int, length: int) -> float:
    """Return the operations of a step's matrix products: forward, and twice that backward.

    A token passes 12 h² weights a layer, and 2 · length · h products of attention, at 2 operations
    each; embeddings and the head are left out.
    """
    layer = 2 * (12 * size.hidden**2 + 2 * length * size.hidden)
    return 3.0 * batch * length * size.layers * layer


def seconds_each(step: Callable[[], object], repeats: int, device: str) -> float:
    """Return the seconds of one call, the device's own work included."""
    wait(device)
    started = time.perf_counter()
    for _ in range(repeats):
        step()
    wait(device)
    return (time.perf_counter() - started) / repeats


def wait(device: str) -> None:
    """Wait until the device has done its work."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


def matrix_product(n: int, dtype: torch.dtype, device: str, repeats: int) -> float:
    """Return the operations a second of a product of two n × n matrices."""
    a = torch.randn(n, n, device=device).to(dtype)
    return 2 * n**3 / seconds_each(lambda: a @ a, repeats, device)
