"""Text as numbers of characters, and pairs of neighbours merged into longer words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import ScoreError

Ints = NDArray[np.int64]

OFTEN = 1 / 2000
"""A pair that occurs less often, over the characters of the text, is not merged."""


def characters(documents: Sequence[str], alphabet: int) -> Ints:
    """Return a text as numbers of its most frequent characters; others are left out.

    Args:
        documents: The text, with a line break after each; case does not count.
        alphabet: How many characters there are, the most frequent ones.
    """
    text = "\n".join(documents).lower()
    chosen = sorted(Counter(text).most_common(), key=lambda each: (-each[1], each[0]))[:alphabet]
    numbers = {character: number for number, (character, _) in enumerate(chosen)}
    return np.array([numbers[each] for each in text if each in numbers], dtype=np.int64)


def piece(text: Ints, length: int, rng: np.random.Generator) -> Ints:
    """Return a piece of a text from a random place; all of it where it is no longer."""
    start = int(rng.integers(0, max(1, len(text) - length + 1)))
    return text[start : start + length]


def pair_counts(text: Ints, size: int) -> NDArray[np.float64]:
    """Return how often each word follows each, (size, size)."""
    pairs = np.bincount(text[:-1] * size + text[1:], minlength=size * size)
    return pairs.reshape(size, size).astype(np.float64)


def merged(text: Ints, first: int, second: int, new: int) -> Ints:
    """Return a text in which a pair is one word, from left to right as in byte-pair encoding."""
    places = np.flatnonzero((text[:-1] == first) & (text[1:] == second))
    if first == second and len(places):
        # In a run such as aaa the pairs overlap: every other one from its start is merged.
        starts = np.flatnonzero(np.diff(places, prepend=-2) > 1)
        within = np.arange(len(places)) - np.repeat(starts, np.diff([*starts, len(places)]))
        places = places[within % 2 == 0]
    changed = text.copy()
    changed[places] = new
    return np.delete(changed, places + 1)


def merge_pairs(
    text: Ints, size: int, merges: Sequence[int], way: str, rng: np.random.Generator
) -> list[Ints]:
    """Return a text after each number of merges, with its words numbered from 0 without a gap.

    Args:
        text: Numbers below `size`.
        size: How many words there are before the first merge.
        merges: Numbers of merges, rising.
        way: Which pair of those that occur often is merged next: `likely`, the one whose second
            word follows the first with the highest probability; `frequent`, the commonest, as in
            byte-pair encoding; or `random`.
        rng: Draws the random pairs.

    Raises:
        ScoreError: No pair occurs often enough.
    """
    found = []
    enough = max(2, OFTEN * len(text))
    for done in range(max(merges) + 1):
        if done in merges:
            found.append(np.unique(text, return_inverse=True)[1])
        if done == max(merges):
            break
        counts = pair_counts(text, size + done)
        if way == "likely":
            rows = np.maximum(counts.sum(axis=1, keepdims=True), 1.0)
            worth = np.where(counts >= enough, counts / rows, 0.0)
        elif way == "frequent":
            worth = counts
        else:
            worth = np.where(counts >= enough, rng.random(counts.shape), 0.0)
        if not worth.any():
            raise ScoreError(
                f"after {done} merges no pair occurs {enough:g} times: take more characters"
            )
        first, second = divmod(int(worth.argmax()), size + done)
        text = merged(text, first, second, size + done)
    return found
