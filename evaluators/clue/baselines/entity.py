"""Entities by tagging every character from the characters around it.

The linear model is an averaged structured perceptron (Collins, EMNLP 2002): scores of character
n-grams for each tag, and of one tag after another; where the best sequence of tags is not the right
one, the weights of the right one are raised and those of the best one lowered.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.baselines.tags import Tags
from evaluators.clue.examples import Entity, EntityExample

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset

_WINDOW = 3
_NGRAMS = tuple(
    (start, length) for length in (1, 2, 3) for start in range(-_WINDOW, _WINDOW - length + 2)
)
"""Offset and length of each n-gram that a character is tagged by: 18 of them."""
_BUCKETS = 1 << 19
_PASSES = 4

Weights = NDArray[np.float32]


class _Model:
    """Weights, and their sums over time, from which the averages come."""

    def __init__(self, tags: int) -> None:
        self.grams = np.zeros((_BUCKETS, tags), dtype=np.float32)
        self.follows = np.zeros((tags, tags), dtype=np.float32)
        self.gram_sums = np.zeros_like(self.grams)
        self.follow_sums = np.zeros_like(self.follows)
        self.time = 1

    def add(
        self,
        columns: NDArray[np.int32],
        path: NDArray[np.int64],
        wrong: NDArray[np.bool_],
        amount: float,
    ) -> None:
        """Raise or lower the weights of a sequence of tags, those of n-grams where it is wrong."""
        place = (columns[wrong], path[wrong, None])
        np.add.at(self.grams, place, amount)
        np.add.at(self.gram_sums, place, amount * self.time)
        np.add.at(self.follows, (path[:-1], path[1:]), amount)
        np.add.at(self.follow_sums, (path[:-1], path[1:]), amount * self.time)

    def averaged(self) -> tuple[Weights, Weights]:
        """Return the means of the weights over all steps."""
        time = np.float32(self.time)
        return self.grams - self.gram_sums / time, self.follows - self.follow_sums / time


def tag(train: ClueDataset, scored: ClueDataset, seed: int) -> list[tuple[Entity, ...]]:
    """Return the entities of each text.

    Entities are written as BIOES tags, one a character; of two that overlap the longer is learned.
    """
    learned = cast("tuple[EntityExample, ...]", train.examples)
    tags = Tags(train.labels)
    model = _Model(len(tags))
    columns = [hashed(one.text) for one in learned]
    gold = [tags.written(len(one.text), one.entities or ()) for one in learned]
    generator = np.random.default_rng(seed)
    for _ in range(_PASSES):
        for row in generator.permutation(len(learned)):
            scores = model.grams[columns[row]].sum(axis=1)
            path = np.array(tags.best_path(scores, model.follows))
            wrong = path != gold[row]
            if wrong.any():
                model.add(columns[row], gold[row], wrong, 1.0)
                model.add(columns[row], path, wrong, -1.0)
            model.time += 1
    grams, follows = model.averaged()
    return [
        tags.entities(tags.best_path(grams[hashed(one.text)].sum(axis=1), follows))
        for one in cast("tuple[EntityExample, ...]", scored.examples)
    ]


def hashed(text: str) -> NDArray[np.int32]:
    """Return the bucket of each n-gram around each character, shape (characters, n-grams)."""
    margin = 2 * _WINDOW + 2
    codes = np.zeros(len(text) + 2 * margin, dtype=np.uint64)
    codes[margin : margin + len(text)] = [ord(character) for character in text]
    columns = np.empty((len(text), len(_NGRAMS)), dtype=np.int32)
    for place, (start, length) in enumerate(_NGRAMS):
        mixed = np.full(len(text), place + 1, dtype=np.uint64)
        for step in range(length):
            first = margin + start + step
            # Unsigned arithmetic wraps round, as hashing wants it; constants of splitmix64.
            mixed = (mixed + codes[first : first + len(text)]) * np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        columns[:, place] = (mixed ^ (mixed >> np.uint64(31))) % np.uint64(_BUCKETS)
    return columns
