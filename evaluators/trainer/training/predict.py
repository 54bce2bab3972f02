"""Predict every example, rows of similar lengths together."""

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


_TOKENS = {"cpu": 4096, "cuda": 65536}  # of a batch, padding included


def predict(
    model: EncoderWithHead, rows: Rows, fitting: Fitting, report: Report | None = None
) -> Predictions:
    """Return the model's answer for every example, without dropout.

    Args:
        model: Trained, on its device; left in evaluation mode.
        rows: Rows to predict.
        fitting: Maximum number of rows at once; halved when memory runs out.
        report: Called after every batch.
    """
    answers: list[Any] = [None] * len(rows)
    probabilities: list[Any] = [None] * len(rows)
    done = 0
    for places, batch, logits in _forward(model, rows, fitting):
        for place, answer in zip(places, model.decode(logits, batch), strict=True):
            answers[place] = answer
        for place, row in zip(places, _probabilities(model, rows, logits, batch), strict=True):
            probabilities[place] = row
        done += len(places)
        if report:
            report(done, len(rows))
    return Predictions.of(rows.dataset, rows.gather(answers), _stacked(probabilities))


def calibrate(model: EncoderWithHead, rows: Rows, fitting: Fitting, metric: str) -> None:
    """Calibrate the head on the training part, if it has anything to calibrate."""
    if not hasattr(model.head, "calibrate"):
        return
    outputs: list[Any] = [None] * len(rows)
    for places, batch, logits in _forward(model, rows, fitting):
        for place, row, label in zip(places, logits, batch["labels"], strict=True):
            outputs[place] = (row, label)
    model.head.calibrate(
        torch.stack([row for row, _ in outputs]),
        torch.stack([label for _, label in outputs]),
        metric,
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


def _stacked(rows: list[Any]) -> NDArray[np.float32] | None:
    if not rows or rows[0] is None:
        return None
    stacked = np.zeros((len(rows), max(len(row) for row in rows)), dtype=np.float32)
    for place, row in enumerate(rows):
        stacked[place, : len(row)] = row
    return stacked
