"""Train SimCSE with any batch size: each sentence under two dropout masks (2104.08821).

Batches go through cached gradients, chunk by chunk, with each chunk's dropout replayed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from evaluators.checkpoint.load import LoadedEncoder, load_encoder
from evaluators.contrastive.grad_cache import cached_backward
from evaluators.contrastive.losses import DTYPES, LOSSES
from evaluators.dataset import PairDataset
from evaluators.errors import DatasetError, ScoreError
from evaluators.progress import Report
from evaluators.sts.spearman import spearman

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass(frozen=True)
class TextRecipe:
    """Settings of an arm.

    Attributes:
        loss: One of `LOSSES`.
        dtype: Floating-point type of the loss.
        batch: Sentences per step, 2 or more.
        chunk: Sentences encoded with a graph at once.
        sentences: Number of training sentences, at every batch size.
        temperature: τ, which divides cosines.
        rate: Learning rate of AdamW, at every batch size or at a batch of `rate_at`.
        max_length: Maximum number of tokens of a sentence.
        seed: Seed of order and dropout.
        encoder: Floating-point type of the encoder in training: float32, or bfloat16 by autocast
            with weights in float32. It is scored in float32.
        rate_at: The batch size that `rate` is meant for: at others it grows with the root of the
            batch. None takes `rate` as it is.
    """

    loss: str
    dtype: str
    batch: int
    chunk: int
    sentences: int
    temperature: float
    rate: float
    max_length: int
    seed: int
    encoder: str = "float32"
    rate_at: int | None = None

    @property
    def step(self) -> float:
        """Learning rate of AdamW at this batch size."""
        return self.rate * ((self.batch / self.rate_at) ** 0.5 if self.rate_at else 1)


class TextResult(NamedTuple):
    """Result of a training.

    Attributes:
        before: Spearman of the checkpoint on the task, with the same pooling.
        after: Spearman after training.
        loss: Mean loss of the last batch.
        steps: Number of steps.
        seconds: Training time.
        peak_bytes: Largest memory while training, as `watch_peak` returns it.
        device: Device of the training.
    """

    before: float
    after: float
    loss: float
    steps: int
    seconds: float
    peak_bytes: int | None
    device: str


def train_text(
    folder: Path,
    sentences: Sequence[str],
    pairs: PairDataset,
    recipe: TextRecipe,
    *,
    device: str | None = None,
    before: float | None = None,
    report: Report | None = None,
) -> TextResult:
    """Train a checkpoint on its own dropout, and score it before and after.

    Args:
        folder: The checkpoint.
        sentences: Sentences to draw from; duplicates are dropped, as they would be false negatives.
        pairs: Graded pairs to score it on.
        recipe: Settings of the arm.
        device: torch's name; None takes CUDA where there is one.
        before: Spearman before training, where it is known.
        report: Called after every step.

    Raises:
        DatasetError: There are too few distinct sentences.
        ScoreError: The checkpoint has no dropout, or training diverged.
    """
    distinct = list(dict.fromkeys(sentences))
    steps = recipe.sentences // recipe.batch
    if steps < 1 or len(distinct) < steps * recipe.batch:
        raise DatasetError(
            f"sentences must be at least one batch of {recipe.batch} and at most the"
            f" {len(distinct)} distinct ones of the corpus, got {recipe.sentences}"
        )
    encoder = load_encoder(folder, device=device)
    if not any(isinstance(m, torch.nn.Dropout) and m.p > 0 for m in encoder.model.modules()):
        raise ScoreError(
            f"{folder.name} has no dropout, which contrastive training needs: both views would be"
            " the same vector"
        )
    if before is None:
        before = _spearman(encoder, pairs, recipe)
    order = np.random.default_rng(recipe.seed).permutation(len(distinct))
    optimiser = torch.optim.AdamW(
        [p.requires_grad_() for p in encoder.model.parameters()], lr=recipe.step
    )
    cuda = encoder.device.type == "cuda"
    peak = watch_peak(encoder.device)
    value, started = torch.zeros(()), time.perf_counter()
    with torch.random.fork_rng([encoder.device] if cuda else []):
        torch.manual_seed(recipe.seed)
        encoder.model.train()
        for step in range(steps):
            drawn = order[step * recipe.batch : (step + 1) * recipe.batch]
            ids = _tokens(encoder, [distinct[i] for i in drawn], recipe.max_length)
            optimiser.zero_grad(set_to_none=True)
            value = cached_backward(
                lambda part: _encode(encoder, part, recipe.encoder),
                torch.split(ids, recipe.chunk),
                torch.split(ids, recipe.chunk),
                LOSSES[recipe.loss],
                recipe.temperature,
                dtype=DTYPES[recipe.dtype],
                two_way=False,
            )
            optimiser.step()
            if report:
                report(step + 1, steps)
        encoder.model.eval()
    loss = float(value)  # waits for the device
    seconds = time.perf_counter() - started
    peak_memory = peak()
    after = _spearman(encoder, pairs, recipe)
    return TextResult(before, after, loss, steps, seconds, peak_memory, str(encoder.device))


def _tokens(encoder: LoadedEncoder, sentences: Sequence[str], max_length: int) -> Tensor:
    encoded: Any = encoder.tokenizer(
        list(sentences), padding=True, truncation=True, max_length=max_length, return_tensors="pt"
    )
    ids: Tensor = encoded["input_ids"]
    return ids.to(encoder.device)


def _encode(encoder: LoadedEncoder, ids: Tensor, dtype: str = "float32") -> Tensor:
    """Return the means of the token vectors, (m, d), always in float32."""
    mask = ids != encoder.tokenizer.pad_token_id
    half = dtype != "float32"
    # Leaving autocast clears its cached casts; the next pass must not reuse them in another graph.
    with torch.autocast(ids.device.type, DTYPES[dtype] if half else None, enabled=half):
        output = encoder.model(input_ids=ids, attention_mask=mask.long())
    states: Tensor = output.last_hidden_state.float()
    weights = mask[..., None].to(states.dtype)
    means: Tensor = (states * weights).sum(dim=1) / weights.sum(dim=1)
    return means


@torch.no_grad()
def _spearman(encoder: LoadedEncoder, pairs: PairDataset, recipe: TextRecipe) -> float:
    # Each sentence once, sorted by length, as a chunk is padded to its longest sentence.
    texts = sorted({*pairs.first, *pairs.second}, key=lambda text: (len(text), text))
    vectors = []
    for start in range(0, len(texts), recipe.chunk):
        part = _tokens(encoder, texts[start : start + recipe.chunk], recipe.max_length)
        vectors.append(normalize(_encode(encoder, part), dim=-1).double())
    place, stacked = {text: row for row, text in enumerate(texts)}, torch.cat(vectors)
    first, second = (
        stacked[torch.tensor([place[text] for text in side], device=stacked.device)]
        for side in (pairs.first, pairs.second)
    )
    cosines = (first * second).sum(dim=-1).cpu().numpy()
    return float(spearman(cosines, np.asarray(pairs.gold, dtype=np.float64)))


def watch_peak(device: torch.device) -> Callable[[], int | None]:
    """Return a function that returns the largest memory in bytes since now.

    On a GPU it is torch's allocated memory; on a CPU the resident memory of the whole process,
    which is known only on Linux (None elsewhere).

    Args:
        device: Device of the work.
    """
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
        return lambda: int(torch.cuda.max_memory_allocated(device))
    try:
        _RESET.write_text("5", encoding="ascii")  # the process's own high-water mark begins anew
    except OSError:
        return lambda: None
    return _high_water


def _high_water() -> int | None:
    for line in _STATUS.read_text(encoding="ascii").splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) * 1024
    return None
