"""Batches of S networks: what is read and what is to be predicted.

Nothing is kept between two steps: a batch depends on seed and step alone. So a training that was
killed reads on where it stopped, and the arms of a seed read the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple, Protocol

import numpy as np
import torch
from torch import Tensor

from evaluators.errors import DatasetError
from evaluators.language_models.text import Ints, Stream

Part = Literal["validation", "test"]

_TRAIN, _EVALUATED = range(2)
"""Streams of one seed, so that draws for one purpose do not change those for another."""


class Batch(NamedTuple):
    """What S networks read in one step.

    Attributes:
        inputs: Tokens, (S, B, T).
        targets: What is to be predicted: tokens (S, B, M) at M places of each sequence, or one
            class for each sequence, (S, B).
        places: Places of the targets, (S, B, M); None where every place has one, or where the
            target is the sequence's class.
    """

    inputs: Tensor
    targets: Tensor
    places: Tensor | None = None

    def of(self, rows: Tensor) -> Batch:
        """Return the batch of networks that read what these rows of S do."""
        return Batch(*(None if part is None else part[rows] for part in self))  # type: ignore[arg-type]

    def to(self, device: torch.device) -> Batch:
        """Return the batch on a device."""
        return Batch(*(None if part is None else part.to(device) for part in self))  # type: ignore[arg-type]


class Batches(Protocol):
    """What a training reads; an author of another objective writes these two methods.

    Labelled sequences, for instance, return `Batch(tokens, classes)`.
    """

    @property
    def seeds(self) -> Sequence[int]:
        """Distinct seeds; the leading dimension of a batch has them in this order."""

    def draw(self, step: int) -> Batch:
        """Return the batch of a step; the same at every call."""

    def evaluated(self, part: Part) -> Iterator[Batch]:
        """Yield the batches on which a part is scored; the same at every call."""


class Windows:
    """Sequences that are cut out of streams at places that a seed draws.

    Args:
        streams: One for each seed; the same object for all where they read one text.
        seeds: Distinct seeds.
        batch: Sequences of a step.
        length: Tokens that are read of a sequence.
        scored: Sequences of each seed on which validation and test losses are measured; a multiple
            of `batch`.

    Raises:
        DatasetError: A part is shorter than one sequence, or sizes do not fit each other.
    """

    ahead = 0
    """How many tokens a sequence has beyond those that are read."""

    def __init__(
        self,
        streams: Sequence[Stream],
        seeds: Sequence[int],
        *,
        batch: int,
        length: int,
        scored: int,
    ) -> None:
        if len(streams) != len(seeds) or len(set(seeds)) < len(seeds):
            raise DatasetError(
                f"every seed needs one stream, and each seed once: got {len(streams)} streams for"
                f" seeds {list(seeds)}"
            )
        if scored < batch or scored % batch:
            raise DatasetError(f"scored must be a multiple of the batch of {batch}, got {scored}")
        self.seeds = seeds
        self._streams, self._batch, self._length, self._scored = streams, batch, length, scored
        shortest = min(
            len(part) for stream in streams for part in (stream.train, *self._others(stream))
        )
        if shortest < length + self.ahead:
            raise DatasetError(
                f"each part of a text must have at least {length + self.ahead} tokens, a sequence,"
                f" got {shortest}"
            )
        self.vocabulary = streams[0].vocabulary

    def draw(self, step: int) -> Batch:
        """Return the batch of a step."""
        rngs = [np.random.default_rng([seed, _TRAIN, step]) for seed in self.seeds]
        return self._made([stream.train for stream in self._streams], rngs)

    def evaluated(self, part: Part) -> Iterator[Batch]:
        """Yield the batches on which a part is scored."""
        key = 0 if part == "validation" else 1
        rngs = [np.random.default_rng([seed, _EVALUATED, key]) for seed in self.seeds]
        tokens = [self._others(stream)[key] for stream in self._streams]
        for _ in range(self._scored // self._batch):
            yield self._made(tokens, rngs)

    @staticmethod
    def _others(stream: Stream) -> tuple[Ints, Ints]:
        return stream.validation, stream.test

    def _made(self, tokens: Sequence[Ints], rngs: Sequence[np.random.Generator]) -> Batch:
        whole = self._length + self.ahead
        rows = []
        for part, rng in zip(tokens, rngs, strict=True):
            starts = rng.integers(0, len(part) - whole + 1, size=self._batch)
            rows.append(part[starts[:, None] + np.arange(whole)])
        return self.asked(np.stack(rows).astype(np.int64), rngs)

    def asked(self, rows: Ints, rngs: Sequence[np.random.Generator]) -> Batch:
        """Return sequences (S, B, length + ahead) as a batch with targets."""
        raise NotImplementedError


class Causal(Windows):
    """Predict the next token at every place; arguments as for `Windows`."""

    ahead = 1

    def asked(self, rows: Ints, rngs: Sequence[np.random.Generator]) -> Batch:
        """Return sequences as a batch whose targets are the next tokens."""
        tokens = torch.from_numpy(rows)
        return Batch(tokens[..., :-1], tokens[..., 1:])


class Masked(Windows):
    """Predict hidden tokens (arXiv 1810.04805); arguments as for `Windows`.

    Of every sequence equally many tokens are asked: eight in ten of them are masked, one in ten is
    another token, one in ten stays. The mask is one more token, the last of the vocabulary.

    Attributes:
        share: Share of the tokens to predict.
    """

    share = 0.15

    @property
    def mask(self) -> int:
        """Number of the mask's token; a model of it has a vocabulary of one more."""
        return self.vocabulary

    def asked(self, rows: Ints, rngs: Sequence[np.random.Generator]) -> Batch:
        """Return sequences as a batch with hidden tokens."""
        count = max(1, round(self.share * self._length))
        places: list[Ints] = []
        others: list[Ints] = []
        lots = []
        for rng in rngs:
            order = rng.random(rows.shape[1:]).argsort(axis=1)
            places.append(np.sort(order[:, :count], axis=1))
            lots.append(rng.random((self._batch, count)))
            others.append(rng.integers(0, self.vocabulary, (self._batch, count)))
        at, other, lot = np.stack(places), np.stack(others), np.stack(lots)
        targets = np.take_along_axis(rows, at, axis=2)
        shown = np.where(lot < 0.8, self.mask, np.where(lot < 0.9, other, targets))
        inputs = rows.copy()
        np.put_along_axis(inputs, at, shown, axis=2)
        return Batch(*(torch.from_numpy(each) for each in (inputs, targets, at)))
