"""Pretrain by masked language modelling: predict hidden characters (arXiv 1810.04805)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.checkpoint.quiet import quiet
from evaluators.errors import DatasetError, TrainingError

IGNORED = -100
"""Label of a token that has no loss."""


@dataclass(frozen=True)
class Course:
    """Settings of the pretraining.

    Attributes:
        steps: Of the optimiser.
        sequences: A step.
        length: Tokens of a sequence.
        rate: AdamW's largest step; it rises for a tenth of the steps, then falls to 0.
        hidden: Share of the tokens to predict: eight in ten of them are masked, one in ten is
            another token, one in ten stays.
        seed: Seed of the read sequences, the hidden tokens and dropout.
    """

    steps: int
    sequences: int = 32
    length: int = 128
    rate: float = 5e-4
    hidden: float = 0.15
    seed: int = 0

    def __post_init__(self) -> None:
        if self.steps < 1:
            raise TrainingError(f"steps must be at least 1, got {self.steps}")


def pretrain_small_bert(
    folder: Path,
    lines: Sequence[str],
    course: Course,
    *,
    report: Callable[[int, int], None] | None = None,
) -> list[float]:
    """Train the checkpoint in `folder` on text and write it back.

    Args:
        folder: As `make_small_bert` writes it.
        lines: The text; paragraphs are read one after another, [SEP] between them.
        course: How long.
        report: Told about every step.

    Returns:
        The loss of each step.

    Raises:
        DatasetError: The text is shorter than one sequence.
        TrainingError: The loss is not finite.
    """
    import torch
    from transformers import AutoTokenizer, BertForMaskedLM

    from evaluators.trainer.training.recipe import rate_at

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    stream = _stream(tokenizer, lines)
    body = course.length - 2
    if len(stream) < body:
        raise DatasetError(f"the text must have at least {body} tokens, got {len(stream)}")
    rng = np.random.default_rng(course.seed)
    losses = []
    with torch.random.fork_rng(), quiet():
        torch.manual_seed(course.seed)
        model = BertForMaskedLM.from_pretrained(folder, dtype=torch.float32, use_safetensors=True)
        model.train()
        optimiser = torch.optim.AdamW(model.parameters(), lr=course.rate, weight_decay=0.01)
        for step in range(course.steps):
            for group in optimiser.param_groups:
                group["lr"] = course.rate * rate_at(step, course.steps, 0.1)
            starts = rng.integers(0, len(stream) - body + 1, size=course.sequences)
            rows = np.stack([stream[start : start + body] for start in starts])
            ids, labels = _hide(rows, tokenizer, course.hidden, rng)
            states = model.bert(torch.from_numpy(ids)).last_hidden_state
            # The head is most of a small model's work, and only hidden tokens have a loss.
            wanted = torch.from_numpy(labels)
            scored = wanted != IGNORED
            logits = model.cls(states[scored])
            loss = torch.nn.functional.cross_entropy(logits, wanted[scored])
            losses.append(float(loss.detach()))
            if not np.isfinite(losses[-1]):
                raise TrainingError(f"the loss is {losses[-1]} in step {step + 1}: lower the rate")
            optimiser.zero_grad(set_to_none=True)
            torch.autograd.backward(loss)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
            if report:
                report(step + 1, course.steps)
        model.save_pretrained(folder)
    return losses


def _stream(tokenizer: Any, lines: Sequence[str]) -> NDArray[np.int64]:
    """Return all tokens of a text in one array, with a separator after each line."""
    encoded = tokenizer(list(lines), add_special_tokens=False, verbose=False)["input_ids"]
    end = tokenizer.sep_token_id
    return np.array([token for ids in encoded for token in (*ids, end)], dtype=np.int64)


def _hide(
    rows: NDArray[np.int64], tokenizer: Any, share: float, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Hide a share of the tokens; return ids, and labels that are IGNORED elsewhere."""
    guessed = (rng.random(rows.shape) < share) & (rows != tokenizer.sep_token_id)
    labels = np.where(guessed, rows, IGNORED)
    lot = rng.random(rows.shape)
    ids = np.where(guessed & (lot < 0.8), tokenizer.mask_token_id, rows)
    other = rng.integers(len(tokenizer.all_special_ids), len(tokenizer), size=rows.shape)
    ids = np.where(guessed & (lot >= 0.9), other, ids)
    frame = np.full((len(rows), 1), IGNORED)
    first, last = (
        np.full_like(frame, tokenizer.cls_token_id),
        np.full_like(frame, tokenizer.sep_token_id),
    )
    return np.hstack([first, ids, last]), np.hstack([frame, labels, frame])
