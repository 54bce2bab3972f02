"""Baselines for entities: a dictionary, and a linear model that tags characters.

The linear model is an averaged structured perceptron (Collins, EMNLP 2002): it scores each
tag by the character n-grams around a character, and each transition between tags; where the best
sequence of tags is not the right one, the weights of the right one are raised and those of the best
one lowered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from evaluators.trainer.labelled_data import Entity, EntityExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset


def entity_dictionary(examples: Sequence[EntityExample]) -> dict[str, str]:
    """Return the commonest type of each string that is an entity in at least half its uses.

    Args:
        examples: Labelled texts.
    """
    types: dict[str, Counter[str]] = {}
    for example in examples:
        for entity in example.entities or ():
            covered = example.text[entity.start : entity.end]
            types.setdefault(covered, Counter())[entity.type] += 1
    lengths = sorted({len(covered) for covered in types})
    seen: Counter[str] = Counter()
    for example in examples:
        for length in lengths:
            for start in range(len(example.text) - length + 1):
                piece = example.text[start : start + length]
                if piece in types:
                    seen[piece] += 1
    return {
        covered: min((-count, kind) for kind, count in kinds.items())[1]
        for covered, kinds in types.items()
        if 2 * sum(kinds.values()) >= seen[covered]
    }


def look_up(text: str, known: Mapping[str, str]) -> tuple[Entity, ...]:
    """Find known strings in a text, from the left, longest first, without overlaps."""
    longest = max(map(len, known), default=0)
    entities, start = [], 0
    while start < len(text):
        for length in range(min(longest, len(text) - start), 0, -1):
            kind = known.get(text[start : start + length])
            if kind is not None:
                entities.append(Entity(kind, start, start + length))
                start += length
                break
        else:
            start += 1
    return tuple(entities)


_BEGIN, _INSIDE, _END, _SINGLE = range(4)


class Tags:
    """Tags of entity types: 0 is outside, then begin, inside, end and single of each type."""

    def __init__(self, types: Sequence[str]) -> None:
        self.types = tuple(types)
        tags = np.arange(len(self))
        part = (tags - 1) % 4
        self._allowed = self._transitions()
        self._first = _barred((tags > 0) & np.isin(part, (_INSIDE, _END)))
        self._last = _barred((tags > 0) & np.isin(part, (_BEGIN, _INSIDE)))

    def __len__(self) -> int:
        return 1 + 4 * len(self.types)

    def written(self, length: int, entities: Iterable[Entity]) -> NDArray[np.int64]:
        """Return the tags of entities, (characters,); of overlapping ones those of the longer."""
        tags = np.zeros(length, dtype=np.int64)
        for entity in sorted(
            entities, key=lambda entity: (entity.start - entity.end, entity.start, entity.type)
        ):
            if tags[entity.start : entity.end].any():
                continue
            base = 1 + 4 * self.types.index(entity.type)
            if entity.end - entity.start == 1:
                tags[entity.start] = base + _SINGLE
            else:
                tags[entity.start : entity.end] = base + _INSIDE
                tags[entity.start] = base + _BEGIN
                tags[entity.end - 1] = base + _END
        return tags

    def best_path(
        self, scores: NDArray[np.float32], follows: NDArray[np.float32] | None = None
    ) -> list[int]:
        """Return the best valid sequence of tags (Viterbi).

        Args:
            scores: Score of each tag of each character, shape (characters, tags); they are summed.
            follows: Score of each transition, shape (from, to).
        """
        length = len(scores)
        steps = self._allowed if follows is None else self._allowed + follows
        best = scores[0] + self._first
        origins = np.zeros((length, len(self)), dtype=np.int64)
        for place in range(1, length):
            reached = best[:, None] + steps
            origins[place] = reached.argmax(axis=0)
            best = reached.max(axis=0) + scores[place]
        tag = int((best + self._last).argmax())
        path = [tag]
        for place in range(length - 1, 0, -1):
            tag = int(origins[place, tag])
            path.append(tag)
        return path[::-1]

    def entities(self, path: Sequence[int]) -> tuple[Entity, ...]:
        """Return the entities of a sequence of tags."""
        entities, start = [], 0
        for place, tag in enumerate(path):
            kind, part = divmod(tag - 1, 4)
            if tag and part in (_BEGIN, _SINGLE):
                start = place
            if tag and part in (_END, _SINGLE):
                entities.append(Entity(self.types[kind], start, place + 1))
        return tuple(entities)

    def _transitions(self) -> NDArray[np.float32]:
        """Return 0 where one tag may follow another and -inf elsewhere, shape (from, to)."""
        tags = np.arange(len(self))
        kind, part = (tags - 1) // 4, (tags - 1) % 4
        open_ = (tags > 0) & np.isin(part, (_BEGIN, _INSIDE))
        goes_on = (tags > 0) & np.isin(part, (_INSIDE, _END))
        same = kind[:, None] == kind[None, :]
        fits = np.where(open_[:, None], goes_on[None, :] & same, ~goes_on[None, :])
        return _barred(~fits)


def _barred(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.where(mask, np.float32(-np.inf), np.float32(0))


_WINDOW = 3
_NGRAMS = tuple(
    (start, length) for length in (1, 2, 3) for start in range(-_WINDOW, _WINDOW - length + 2)
)
"""Offset and length of each of the 18 n-grams by which a character is tagged."""
_BUCKETS = 1 << 19
_PASSES = 4

Weights = NDArray[np.float32]


class _Model:
    """Weights of a perceptron, and their sums over time for the average."""

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
        """Add an amount to a path's transition weights, and to n-gram weights where it is wrong."""
        place = (columns[wrong], path[wrong, None])
        np.add.at(self.grams, place, amount)
        np.add.at(self.gram_sums, place, amount * self.time)
        np.add.at(self.follows, (path[:-1], path[1:]), amount)
        np.add.at(self.follow_sums, (path[:-1], path[1:]), amount * self.time)

    def averaged(self) -> tuple[Weights, Weights]:
        """Return the means of the weights over all steps."""
        time = np.float32(self.time)
        return self.grams - self.gram_sums / time, self.follows - self.follow_sums / time


def tag(train: LabelledDataset, scored: LabelledDataset, seed: int) -> list[tuple[Entity, ...]]:
    """Train the perceptron, and return the entities of each scored text.

    Entities become BIOES tags of characters; of two that overlap the longer one is learned.
    """
    train_examples = cast("tuple[EntityExample, ...]", train.examples)
    tags = Tags(train.labels)
    model = _Model(len(tags))
    columns = [hashed(example.text) for example in train_examples]
    gold = [tags.written(len(example.text), example.entities or ()) for example in train_examples]
    generator = np.random.default_rng(seed)
    for _ in range(_PASSES):
        for row in generator.permutation(len(train_examples)):
            scores = model.grams[columns[row]].sum(axis=1)
            path = np.array(tags.best_path(scores, model.follows))
            wrong = path != gold[row]
            if wrong.any():
                model.add(columns[row], gold[row], wrong, 1.0)
                model.add(columns[row], path, wrong, -1.0)
            model.time += 1
    grams, follows = model.averaged()
    return [
        tags.entities(tags.best_path(grams[hashed(example.text)].sum(axis=1), follows))
        for example in cast("tuple[EntityExample, ...]", scored.examples)
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
            # Unsigned arithmetic wraps around, as hashing needs; constants of splitmix64.
            mixed = (mixed + codes[first : first + len(text)]) * np.uint64(0x9E3779B97F4A7C15)
            mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        columns[:, place] = (mixed ^ (mixed >> np.uint64(31))) % np.uint64(_BUCKETS)
    return columns
