"""Answers of a model for every example, rows of like lengths together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from evaluators.errors import MethodError
from evaluators.trainer.predictions import Predictions
from evaluators.trainer.training.batches import Fitting, Rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from evaluators.progress import Report
    from evaluators.trainer.training.task_model import EncoderWithHead


_TOKENS = {"cpu": 4096, "cuda": 65536}  # padded, at once


def predict(
    model: EncoderWithHead, rows: Rows, fitting: Fitting, report: Report | None = None
) -> Predictions:
    """Return the model's answer for every example, without dropout.

    Args:
        model: Trained, on its device; left in evaluation mode.
        rows: What is answered.
        fitting: Most rows at once; lowered where memory runs out.
        report: Told about every batch.
    """
    answers: list[Any] = [None] * len(rows)
    chances: list[Any] = [None] * len(rows)
    done = 0
    for places, batch, logits in _forward(model, rows, fitting):
        for place, answer in zip(places, model.decode(logits, batch), strict=True):
            answers[place] = answer
        for place, row in zip(places, _probabilities(model, rows, logits, batch), strict=True):
            chances[place] = row
        done += len(places)
        if report:
            report(done, len(rows))
    return Predictions.of(rows.dataset, rows.gather(answers), _stacked(chances))


def calibrate(model: EncoderWithHead, rows: Rows, fitting: Fitting, metric: str) -> None:
    """Let a head that has something to set look at the training part; most have nothing."""
    if not hasattr(model.head, "calibrate"):
        return
    found: list[Any] = [None] * len(rows)
    for places, batch, logits in _forward(model, rows, fitting):
        for place, row, label in zip(places, logits, batch["labels"], strict=True):
            found[place] = (row, label)
    model.head.calibrate(
        torch.stack([row for row, _ in found]), torch.stack([label for _, label in found]), metric
    )


def _forward(
    model: EncoderWithHead, rows: Rows, fitting: Fitting
) -> Iterator[tuple[list[int], dict[str, Tensor], Tensor]]:
    """Yield places, batch and logits, longest rows first, so that memory runs out at once."""
    model.eval()
    budget = _TOKENS["cuda" if next(model.parameters()).is_cuda else "cpu"]
    order = sorted(range(len(rows)), key=lambda place: -rows.lengths[place])
    start = 0
    while start < len(order):
        size = min(fitting.rows, max(1, budget // rows.lengths[order[start]]))
        places = order[start : start + size]
        try:
            with torch.inference_mode():
                batch = rows.batch(places)
                logits = model(batch)
        except (MemoryError, RuntimeError) as error:
            fitting.halve(error, len(places))
            continue
        with torch.inference_mode():
            yield places, batch, logits
        start += size


def _probabilities(
    model: EncoderWithHead, rows: Rows, logits: Tensor, batch: dict[str, Tensor]
) -> Any:
    none = [None] * len(batch["example"])
    if rows.dataset.family not in ("classification", "choice"):
        return none
    try:
        return model.log_probabilities(logits, batch).float().exp().cpu().numpy()
    except MethodError:  # a head without a distribution still answers
        return none


def _stacked(chances: list[Any]) -> NDArray[np.float32] | None:
    if not chances or chances[0] is None:
        return None
    made = np.zeros((len(chances), max(len(row) for row in chances)), dtype=np.float32)
    for place, row in enumerate(chances):
        made[place, : len(row)] = row
    return made
