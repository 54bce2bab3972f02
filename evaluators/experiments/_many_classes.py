"""Worlds with few or many classes, made up or of a text, and batches of their examples."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.errors import DatasetError
from evaluators.language_models.batches import Batch, Part

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LATENT, MADE_HIDDEN, OBSERVED = 8, 64, 32
"""Dimensions of the made-up world: of a class's mean, and of what is seen of a draw of it."""

SEEN_NOISE = 0.05
"""Deviation of what is added to each seen number; the scale of these is about 1."""

REACHABLE = 0.8
"""Accuracy of who knows the means: the noise about them is chosen for it, so that worlds with few
and many classes are equally hard."""

OTHER_CLASSES = 200
"""Classes of the same world on which the made-up hidden layers are pretrained."""

PRETRAINED = 10
"""Examples of a text to pretrain on for each one that is then trained on."""

CONTEXT, CHARACTER = 4, 16
"""Characters that are read before the one to predict, and dimensions of each."""

VALIDATED = 1000
"""Test examples on which the error is measured on the way."""

_STEPS, _WORLD, _TRAIN, _TEST, _NOISE = range(5)
"""Streams of one seed."""


class Rows(NamedTuple):
    """Examples of every seed.

    Attributes:
        inputs: (S, n, OBSERVED) numbers or (S, n, CONTEXT) characters.
        classes: (S, n).
    """

    inputs: Tensor
    classes: Tensor


class World(NamedTuple):
    """What is learned, and what hidden layers are pretrained on.

    Attributes:
        train: Training examples.
        test: Others, of the same classes.
        other: Training examples of the pretraining.
        other_test: Others, of the pretraining's classes.
        other_classes: Number of classes of the pretraining.
        symbols: Number of different characters that are read; 0 where numbers are.
        same_classes: Whether the classes of the pretraining are those that are learned.
    """

    train: Rows
    test: Rows
    other: Rows
    other_test: Rows
    other_classes: int
    symbols: int
    same_classes: bool


def made_up_world(seeds: Sequence[int], classes: int, examples: int, tested: int) -> World:
    """Return classes whose means lie in 8 dimensions, seen through a random network.

    Args:
        seeds: One world each.
        classes: Number of classes.
        examples: Training examples.
        tested: Test examples.
    """
    sides: list[list[Rows]] = [[], [], [], []]
    for seed in seeds:
        rng = np.random.default_rng([seed, _WORLD])
        first = rng.normal(0, 1.5 / LATENT**0.5, (LATENT, MADE_HIDDEN))
        second = rng.normal(0, 1.5 / MADE_HIDDEN**0.5, (MADE_HIDDEN, OBSERVED))
        others = rng.normal(size=(OTHER_CLASSES, LATENT))
        means = rng.normal(size=(classes, LATENT))
        noise, other_noise = noise_for(means, seed), noise_for(others, seed)
        for side, (stream, centres, deviation, count) in zip(
            sides,
            (
                (_TRAIN, means, noise, examples),
                (_TEST, means, noise, tested),
                (_TRAIN, others, other_noise, examples),
                (_TEST, others, other_noise, VALIDATED),
            ),
            strict=True,
        ):
            drawn = np.random.default_rng([seed, stream, int(centres is others)])
            labels = drawn.integers(0, len(centres), count)
            off = drawn.normal(size=(count, LATENT))
            latents = centres[labels] + deviation * off
            seen = np.tanh(latents @ first) @ second
            seen += SEEN_NOISE * drawn.normal(size=seen.shape)
            side.append(Rows(torch.from_numpy(seen).float(), torch.from_numpy(labels)))
    train, test, other, other_test = (
        Rows(*(torch.stack(part) for part in zip(*side, strict=True))) for side in sides
    )
    return World(train, test, other, other_test, OTHER_CLASSES, 0, same_classes=False)


def noise_for(means: Floats, seed: int) -> float:
    """Return the deviation at which the nearest mean is the right one in 80% of 2,000 draws.

    Args:
        means: (classes, dimensions).
        seed: Of the draws.
    """
    rng = np.random.default_rng([seed, _NOISE])
    labels = rng.integers(0, len(means), 2000)
    off = rng.normal(size=(2000, means.shape[1]))
    squares = np.square(means).sum(axis=1)
    low, high = 0.0, 4.0
    for _ in range(12):
        middle = (low + high) / 2
        draws = means[labels] + middle * off
        nearest = (squares - 2 * draws @ means.T).argmin(axis=1)
        low, high = (middle, high) if (nearest == labels).mean() > REACHABLE else (low, middle)
    return (low + high) / 2


def text_world(
    documents: Sequence[str], seeds: Sequence[int], classes: int, examples: int, tested: int
) -> World:
    """Return the next character of a text from the 4 before; other characters are one symbol.

    The most frequent characters are the classes, in the pretraining too, which is on ten times as
    many examples. It has every second document; of the others each fifth is for testing.

    Args:
        documents: The text.
        seeds: Each draws its examples.
        classes: Number of characters.
        examples: Training examples.
        tested: Test examples.

    Raises:
        DatasetError: The text is too short, or has too few characters.
    """
    other, ours = documents[::2], documents[1::2]
    parts = [
        "\n".join(part)
        for part in (
            [each for i, each in enumerate(ours) if i % 5],
            ours[::5],
            [each for i, each in enumerate(other) if i % 5],
            other[::5],
        )
    ]
    codes = [np.frombuffer(part.encode("utf-32-le"), dtype=np.uint32) for part in parts]
    kinds, counts = np.unique(np.concatenate((codes[0], codes[2])), return_counts=True)
    if len(kinds) < classes:
        raise DatasetError(f"the text has {len(kinds)} characters: classes must be no more")
    frequent = np.sort(kinds[np.lexsort((kinds, -counts))[:classes]])
    rows = []
    for at, (code, count) in enumerate(
        zip(codes, (examples, tested, PRETRAINED * examples, VALIDATED), strict=True)
    ):
        found = np.minimum(np.searchsorted(frequent, code), classes - 1)
        numbers = np.where(frequent[found] == code, found, classes).astype(np.int64)
        places = np.flatnonzero(numbers[CONTEXT:] < classes)
        if len(places) < count:
            raise DatasetError(
                f"a part of the text has {len(places)} examples, fewer than {count}: cut examples"
                " or name a longer text"
            )
        inputs, targets = [], []
        for seed in seeds:
            chosen = np.random.default_rng([seed, _TRAIN, at]).choice(places, count, replace=False)
            inputs.append(torch.from_numpy(numbers[chosen[:, None] + np.arange(CONTEXT)]))
            targets.append(torch.from_numpy(numbers[chosen + CONTEXT]))
        rows.append(Rows(torch.stack(inputs), torch.stack(targets)))
    learning, fresh, others, others_fresh = rows
    return World(
        learning, fresh, others, others_fresh, classes, symbols=classes + 1, same_classes=True
    )


class Examples:
    """Batches of labelled rows; see `language_models.batches.Batches`.

    Args:
        train: Training examples.
        test: Test examples.
        seeds: One for each row of these.
        batch: Examples of a step.
    """

    def __init__(self, train: Rows, test: Rows, seeds: Sequence[int], batch: int) -> None:
        self.seeds = seeds
        self._train, self._test, self._batch = train, test, batch

    def draw(self, step: int) -> Batch:
        """Return the examples of a step, drawn with replacement."""
        count = self._train.classes.shape[1]
        rows = np.stack(
            [
                np.random.default_rng([seed, _STEPS, step]).integers(0, count, self._batch)
                for seed in self.seeds
            ]
        )
        return self._at(self._train, torch.from_numpy(rows))

    def evaluated(self, part: Part) -> Iterator[Batch]:
        """Yield the first test examples."""
        yield Batch(self._test.inputs[:, :VALIDATED], self._test.classes[:, :VALIDATED])

    @staticmethod
    def _at(rows: Rows, places: Tensor) -> Batch:
        seeds = torch.arange(len(places))[:, None]
        return Batch(rows.inputs[seeds, places], rows.classes[seeds, places])
