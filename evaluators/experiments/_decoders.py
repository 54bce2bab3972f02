"""Ways to decode from probabilities of the next word, and loops that a text walks through twice.

A decoder ends a text after each word with a fixed probability, and else draws the next word from
probabilities that it has changed: cut to the likely words, or sharpened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ENDED = -1
"""What stands after the last word of a text."""

NEGLIGIBLE = 1e-13
"""A series ends where what is left of it is a smaller share."""


def kept(rows: Floats, count: int) -> Floats:
    """Return probabilities of the `count` likeliest words of each row, (rows, n)."""
    order = np.argsort(-rows, axis=1, kind="stable")[:, :count]
    cut = np.zeros_like(rows)
    np.put_along_axis(cut, order, np.take_along_axis(rows, order, axis=1), axis=1)
    return normalised(cut)


def nucleus(rows: Floats, share: float) -> Floats:
    """Return probabilities of the fewest likely words that have this share together."""
    order = np.argsort(-rows, axis=1, kind="stable")
    likely = np.take_along_axis(rows, order, axis=1)
    before = np.cumsum(likely, axis=1) - likely
    cut = np.zeros_like(rows)
    np.put_along_axis(cut, order, np.where(before < share, likely, 0.0), axis=1)
    return normalised(cut)


def tempered(rows: Floats, temperature: float) -> Floats:
    """Return probabilities whose logarithms are divided by a temperature."""
    return normalised(rows ** (1 / temperature))


def normalised(rows: Floats) -> Floats:
    """Return rows that add up to 1."""
    return np.asarray(rows / rows.sum(axis=1, keepdims=True))


Decoder = Callable[[Floats], Floats]

ALL, GREEDY = "all words", "greedy"
DECODERS: Mapping[str, Decoder] = {
    ALL: normalised,
    "ten likeliest": partial(kept, count=10),
    "three likeliest": partial(kept, count=3),
    GREEDY: partial(kept, count=1),
    "nucleus 0.9": partial(nucleus, share=0.9),
    "nucleus 0.5": partial(nucleus, share=0.5),
    "temperature 0.7": partial(tempered, temperature=0.7),
    "temperature 1.5": partial(tempered, temperature=1.5),
}


def repetition_mass(table: Floats) -> float:
    """Return R, the sum of λ/(1 − λ) over the eigenvalues of the squared probabilities.

    R = Σ_k Tr (P∘P)^k over k = 1, 2, … is how many loops a text walks through twice in a row right
    from its first word, in expectation, and added up over all first words.

    Args:
        table: P, (n, n), whose rows add up to less than 1: what is left ends the text.
    """
    values = np.linalg.eigvals(table * table)
    return float((values / (1 - values)).sum().real)


def repetition_masses(table: Floats) -> Floats:
    """Return what each first word has of R, (n,): the diagonal of P∘P (1 − P∘P)⁻¹."""
    squares = table * table
    return np.diagonal(np.linalg.solve(np.eye(len(table)) - squares, squares)).copy()


def repetition_series(table: Floats) -> float:
    """Return R as a sum over the lengths of loops, for comparison with `repetition_mass`."""
    squares = table * table
    rest = float(np.max(squares.sum(axis=1)))  # no eigenvalue is larger
    power, total, length = squares, float(np.trace(squares)), 1
    while len(table) * rest**length / (1 - rest) > NEGLIGIBLE * max(total, NEGLIGIBLE):
        power = power @ squares
        total += float(np.trace(power))
        length += 1
    return total


class Bound(NamedTuple):
    """The largest eigenvalue of the squared probabilities, and what it cannot exceed.

    Attributes:
        eigenvalue: Its size.
        bound: The largest sum of squares of a row.
    """

    eigenvalue: float
    bound: float


def eigenvalue_bound(table: Floats) -> Bound:
    """Return the largest eigenvalue of P∘P with its bound max_i Σ_j P_ij²."""
    squares = table * table
    return Bound(float(np.abs(np.linalg.eigvals(squares)).max()), float(squares.sum(axis=1).max()))


def walk(table: Floats, walks: int, end: float, rng: np.random.Generator) -> Ints:
    """Return texts of a bigram decoder, (length of the longest, n · walks).

    Args:
        table: Probabilities of the next word of a text that goes on, (n, n).
        walks: How many texts begin with each word; those of one word stand together.
        end: Probability that a text ends after a word.
        rng: Draws them.
    """
    size = len(table)
    sums = np.cumsum(table, axis=1)
    sums[:, -1] = 1.0
    # One search in all rows at once: row i lies between i and i + 1.
    line = (sums + np.arange(size)[:, None]).ravel()

    def step(live: Ints, words: Ints) -> Ints:
        found = np.searchsorted(line, words + rng.random(len(words)), side="right")
        return np.asarray(np.minimum(found - words * size, size - 1))

    return walk_by(step, size, walks, end, rng)


def walk_by(
    step: Callable[[Ints, Ints], Ints], size: int, walks: int, end: float, rng: np.random.Generator
) -> Ints:
    """Return texts, (length of the longest, size · walks), `ENDED` after the last word of each.

    Args:
        step: Gets which of the texts of the last step go on, as places among them, and their last
            words; returns the next words.
        size: Number of words n.
        walks: How many texts begin with each word.
        end: Probability that a text ends after a word.
        rng: Draws the ends.
    """
    words = np.repeat(np.arange(size), walks)
    columns, places = [words], np.arange(len(words))
    while True:
        live = np.flatnonzero(rng.random(len(words)) >= end)
        if not len(live):
            return np.stack(columns)
        places, words = places[live], step(live, words[live])
        column = np.full(size * walks, ENDED)
        column[places] = words
        columns.append(column)


def loops_walked_twice(texts: Ints, size: int) -> float:
    """Return how many loops a text walks through twice in a row from a word, over all words.

    The word after k steps is the first word again, and the next k steps are the same as the first
    k. The mean number of such k is taken over all places of a word, and added up over words: it is
    the very event whose expectation R is, as what follows a word only depends on that word.

    Args:
        texts: As `walk` returns them, (length, texts).
        size: Number of words n.
    """
    lengths = (texts != ENDED).sum(axis=0)
    places = np.bincount(texts[texts != ENDED], minlength=size)
    found = np.zeros(size)
    longest = 2
    # Most texts are much shorter than the longest: those of about one length are counted together.
    while longest < 2 * len(texts):
        of_length = (lengths <= longest) & (2 * lengths > longest)
        found += _loops_by_word(texts[:longest, of_length], size)
        longest *= 2
    return float((found[places > 0] / places[places > 0]).sum())


def _loops_by_word(texts: Ints, size: int) -> Floats:
    found = np.zeros(size)
    for length in range(1, (len(texts) - 1) // 2 + 1):
        texts = texts[:, texts[2 * length] != ENDED]  # others are too short for such a loop
        same = (texts[length:] == texts[:-length]) & (texts[length:] != ENDED)
        runs = np.zeros((len(same) + 1, same.shape[1]), dtype=np.int32)
        np.cumsum(same, axis=0, out=runs[1:])
        twice = runs[length + 1 :] - runs[: -length - 1] == length + 1
        found += np.bincount(texts[: len(twice)][twice], minlength=size)
    return found


def transitions(texts: Ints, size: int) -> Floats:
    """Return how often each word follows each in texts, (size, size)."""
    before, after = texts[:-1], texts[1:]
    there = after != ENDED
    pairs = before[there] * size + after[there]
    return np.bincount(pairs, minlength=size * size).reshape(size, size).astype(np.float64)


def bigram_table(counts: Floats) -> Floats:
    """Return the shares of counts (n, n) by row; a word that nothing follows: all are as likely."""
    return normalised(np.where(counts.sum(axis=1, keepdims=True) > 0, counts, 1.0))
