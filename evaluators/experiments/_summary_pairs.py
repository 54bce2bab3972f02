"""Sources and summaries as tokens: what a generator trains on, and how it writes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.language_models.batches import Batch, Part
from evaluators.language_models.transformer import Transformer

Ints = NDArray[np.int64]

SUMMARY = 64
"""Largest number of characters of a summary."""

VALIDATED = 32
"""Test paragraphs on which the loss is measured on the way."""

FILLED, UNKNOWN, WRITE, END = range(4)
"""Tokens: before a short source, of rare characters, after the source, after the summary."""


class Pairs(NamedTuple):
    """Sources and summaries of one seed as tokens.

    Attributes:
        sources: (n, room + 1), the last is WRITE.
        summaries: (n, SUMMARY + 1), END after the summary.
    """

    sources: Ints
    summaries: Ints


class Alphabet:
    """Numbers of the most frequent characters of some texts.

    Args:
        texts: They.
        size: How many characters have a number.
    """

    def __init__(self, texts: Sequence[str], size: int) -> None:
        counts = Counter("".join(texts))
        kinds = sorted(counts, key=lambda each: (-counts[each], each))[:size]
        self._numbers = {each: at for at, each in enumerate(kinds, END + 1)}
        self._kinds = dict(enumerate(kinds, END + 1))
        self.tokens = END + 1 + size

    def pair(self, source: str, summary: str, room: int) -> tuple[list[int], list[int]]:
        """Return a source cut or filled to a length, and a summary, as in `Pairs`."""
        read = [self._numbers.get(each, UNKNOWN) for each in source[:room]]
        asked = [self._numbers.get(each, UNKNOWN) for each in summary]
        return (
            [FILLED] * (room - len(read)) + read + [WRITE],
            asked + [END] * (SUMMARY + 1 - len(asked)),
        )

    def text(self, tokens: Sequence[int]) -> str:
        """Return the characters before END; unknown ones are left out."""
        known = []
        for token in tokens:
            if token == END:
                break
            known.append(self._kinds.get(token, ""))
        return "".join(known)


class Summaries:
    """Batches of sources and summaries, S in all; see `language_models.batches.Batches`.

    Args:
        train: Of each network.
        test: Of each network.
        seeds: One number for each network, all different.
        draws: The seed of each network, by which its batches are drawn.
        batch: Paragraphs of a step.
    """

    def __init__(
        self,
        train: Sequence[Pairs],
        test: Sequence[Pairs],
        seeds: Sequence[int],
        draws: Sequence[int],
        batch: int,
    ) -> None:
        self.seeds, self._draws, self._batch = seeds, draws, batch
        self._train, self._test = train, test

    def draw(self, step: int) -> Batch:
        """Return the batch of a step."""
        rows = [
            np.random.default_rng([seed, 1, step]).integers(0, len(each.sources), self._batch)
            for seed, each in zip(self._draws, self._train, strict=True)
        ]
        return self._at(self._train, rows)

    def evaluated(self, part: Part) -> Iterator[Batch]:
        """Yield some test paragraphs."""
        yield self._at(
            self._test, [np.arange(min(VALIDATED, len(self._test[0].sources)))] * len(self._test)
        )

    @staticmethod
    def _at(pairs: Sequence[Pairs], rows: Sequence[Ints]) -> Batch:
        chosen = [
            Pairs(each.sources[at], each.summaries[at])
            for each, at in zip(pairs, rows, strict=True)
        ]
        sources, summaries = (np.stack(part) for part in zip(*chosen, strict=True))
        inputs = np.concatenate((sources, summaries[..., :-1]), axis=2)
        first = sources.shape[2] - 1
        places = np.broadcast_to(np.arange(first, first + SUMMARY + 1), summaries.shape).copy()
        return Batch(*(torch.from_numpy(part) for part in (inputs, summaries, places)))


def write(model: Transformer, sources: Ints) -> Ints:
    """Return the likeliest tokens one after another, (S, n, SUMMARY).

    Args:
        model: S networks, not in training.
        sources: What they read, (S, n, room + 1).
    """
    read = torch.from_numpy(sources)
    with torch.no_grad():
        for _ in range(SUMMARY):
            place = torch.full((*read.shape[:2], 1), read.shape[2] - 1)
            token = model(read, place)[:, :, 0].argmax(dim=-1)
            read = torch.cat([read, token[..., None]], dim=2)
    written: Ints = read[..., sources.shape[2] :].numpy()
    return written
