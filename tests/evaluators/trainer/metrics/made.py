"""Predictions written by hand, or drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from evaluators.clue.task import ClueTask, Split
from evaluators.trainer.predictions import Predictions


def predictions(
    family: Any, labels: tuple[str, ...], gold: Any, predicted: Any, probabilities: Any = None
) -> Predictions:
    ids = tuple(map(str, range(len(gold))))
    return Predictions(family, labels, ids, tuple(gold), tuple(predicted), probabilities)


def drawn(classes: int, n: int, *, seed: int = 0, right: float = 0.5) -> Predictions:
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, classes, n)
    guess = generator.integers(0, classes, n)
    predicted = np.where(generator.random(n) < right, gold, guess)
    labels = tuple(f"c{index}" for index in range(classes))
    return predictions("classification", labels, gold.tolist(), predicted.tolist())


def task(family: Any, main: str, positive: str | None = None) -> ClueTask:
    return ClueTask(
        name="made",
        title="made",
        family=family,
        hub_id="rankcheck/made",
        config="made",
        revision=None,
        splits={"train": Split("train")},
        train="made/train",
        scored="train",
        columns=(),
        read=lambda row, index: "never",
        main_metric=main,
        licence="none",
        citation="none",
        positive=positive,
    )
