"""Find training examples that nearly repeat a scored example.

MinHash (Broder 1997) proposes pairs, and the Jaccard similarity of their character trigrams decides
exactly, so that the answer does not depend on the hash functions but for pairs that none proposes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from evaluators.clue.leaks import without
from evaluators.trainer.labelled_data import ChoiceExample, Example, LabelledDataset, content

SIMILARITY = 0.7
"""Least Jaccard similarity of every text of an example. In TNEWS, pairs from 0.7 on are one
headline with a word or a mark changed; below, more and more are another city in one template."""

_LENGTH = 3
_HASHES = 128
# A candidate costs less than a pair that is missed, so they are proposed far below SIMILARITY.
_PROPOSED_FROM = 0.5

Shingles = tuple[frozenset[str], ...]


class NearDuplicate(NamedTuple):
    """A training example and the scored example that it resembles most.

    Attributes:
        train: Position in the training set.
        scored: Position in the scored set.
        similarity: Smallest Jaccard similarity of their texts, from `SIMILARITY` to 1.
    """

    train: int
    scored: int
    similarity: float


@lru_cache(maxsize=2)  # of the jobs of one plan run, many train on one set: it takes seconds
def near_duplicates(train: LabelledDataset, scored: LabelledDataset) -> tuple[NearDuplicate, ...]:
    """Find the training examples that a scored example resembles in every text.

    Texts are compared without white space, punctuation, case and width; the texts of a pair count
    in either order. Examples of one context with another question do not resemble each other.

    Returns:
        One entry for each such training example, in order. Examples that are in both sets are
        among them, with similarity 1.
    """
    from datasketch import MinHash, MinHashLSH

    targets = [_shingles(example) for example in scored.examples]
    index = MinHashLSH(threshold=_PROPOSED_FROM, num_perm=_HASHES, weights=(0.1, 0.9))
    for position, sketch in enumerate(MinHash.generator(map(_bytes, targets), num_perm=_HASHES)):
        index.insert(position, sketch, check_duplication=False)
    pairs = []
    sources = [_shingles(example) for example in train.examples]
    sketches = MinHash.generator(map(_bytes, sources), num_perm=_HASHES)
    for position, (source, sketch) in enumerate(zip(sources, sketches, strict=True)):
        best = max(
            ((_similarity(source, targets[near]), -near) for near in index.query(sketch)),
            default=(0.0, 0),
        )
        if best[0] >= SIMILARITY:
            pairs.append(NearDuplicate(position, -best[1], best[0]))
    return tuple(pairs)


def without_near_duplicates(train: LabelledDataset, scored: LabelledDataset) -> LabelledDataset:
    """Return the training set without near duplicates of scored examples, counted in `dropped`.

    Raises:
        DatasetError: Nothing is left.
    """
    pairs = near_duplicates(train, scored)
    if not pairs:
        return train
    return without(train, (pair.train for pair in pairs), f"nearly in {scored.task}/{scored.split}")


def _shingles(example: Example) -> Shingles:
    """Return the trigrams of each text, all choices together being one."""
    texts: Sequence[str] = content(example)
    if isinstance(example, ChoiceExample):
        texts = (*texts[:2], " ".join(sorted(texts[2:])))
    return tuple(_trigrams(text) for text in texts)


def _trigrams(text: str) -> frozenset[str]:
    plain = "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).casefold()))
    # A text of marks only is itself, so that "?" and "!" are not the same empty set.
    letters = plain or text
    return frozenset(
        letters[start : start + _LENGTH] for start in range(max(1, len(letters) - _LENGTH + 1))
    )


def _bytes(shingles: Shingles) -> list[bytes]:
    return [each.encode() for each in frozenset().union(*shingles)]


def _similarity(one: Shingles, other: Shingles) -> float:
    return max(_smallest(one, other), _smallest(one, other[::-1]) if len(one) == 2 else 0.0)


def _smallest(one: Shingles, other: Shingles) -> float:
    if len(one) != len(other):
        return 0.0
    return min(_jaccards(one, other))


def _jaccards(one: Shingles, other: Shingles) -> Iterator[float]:
    for left, right in zip(one, other, strict=True):
        yield len(left & right) / len(left | right)
