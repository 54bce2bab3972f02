"""Tasks on sequences of tokens, drawn anew for every batch, and handwritten digits as tokens.

Answers are one class a sequence, or one at each of some positions. What is drawn depends on seed
and step alone, so that all arms of a seed read the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.language_models.batches import Batch, Batches, Part
from evaluators.language_models.networks import LanguageModel

Ints = NDArray[np.int64]
Drawn = tuple[Ints, Ints]
"""Tokens (count, n), and classes (count,) or (count, places)."""

Draws = Callable[[np.random.Generator, int], Drawn]
"""Returns so many sequences from a generator."""


class Task(NamedTuple):
    """A task on sequences.

    Attributes:
        vocabulary: Number of different tokens.
        length: Tokens of a sequence, n.
        classes: Number of different answers.
        draw: Returns so many sequences from a generator.
        held_out: The same by part, of sequences that are not trained on; None where `draw` never
            repeats one.
        places: Positions that are answered; None where a sequence has one answer.
    """

    vocabulary: int
    length: int
    classes: int
    draw: Draws
    held_out: Mapping[Part, Draws] | None = None
    places: tuple[int, ...] | None = None

    @property
    def pooled(self) -> bool:
        """Whether a sequence has one answer."""
        return self.places is None


class Sequences:
    """What S networks read of a task.

    Args:
        task: By seed, in the order of `seeds`, as digits are split anew by each.
        seeds: Distinct seeds.
        batch: Sequences of a step.
        scored: Sequences of each seed in validation, and in test; a multiple of `batch`.

    Attributes:
        seeds: As above.
        scored: As above.
    """

    def __init__(
        self, tasks: Sequence[Task], seeds: Sequence[int], *, batch: int, scored: int
    ) -> None:
        self.seeds = seeds
        self._tasks, self._batch, self.scored = tasks, batch, scored

    def draw(self, step: int) -> Batch:
        """Return the batch of a step."""
        return self._made([np.random.default_rng([seed, 0, step]) for seed in self.seeds])

    def evaluated(self, part: Part) -> Iterator[Batch]:
        """Yield the batches on which a part is scored."""
        key = ("validation", "test").index(part)
        rngs = [np.random.default_rng([seed, 1, key]) for seed in self.seeds]
        for _ in range(self.scored // self._batch):
            yield self._made(rngs, part)

    def _made(self, rngs: Sequence[np.random.Generator], part: Part | None = None) -> Batch:
        drawn = []
        for task, rng in zip(self._tasks, rngs, strict=True):
            draw = task.held_out[part] if part and task.held_out else task.draw
            drawn.append(draw(rng, self._batch))
        tokens, labels = (torch.from_numpy(np.stack(each)) for each in zip(*drawn, strict=True))
        places = self._tasks[0].places
        if places is None:
            return Batch(tokens, labels)
        return Batch(tokens, labels, torch.tensor(places).expand_as(labels))


KEYS, VALUES, FILLERS = 4, 4, 8
DENSITY = 32
"""Positions in which each key stands once."""


def retrieval(
    length: int, *, places: tuple[int, int] | None = None, at_first: bool = False
) -> Task:
    """Return the task to say which value a sequence gives to the key that its first token asks for.

    Each of four keys stands somewhere among fillers, in one token with its value of four; in every
    32 positions once, so that longer sequences have as many tokens to find.

    Args:
        length: n, at least 5.
        places: Where keys may stand, from one position up to another; None: anywhere behind the
            first.
        at_first: Whether the answer is given at the first position; else by the whole sequence, in
            whose mean a long one drowns what one position says.
    """
    first, last = places or (1, length)
    copies = max(1, length // DENSITY)
    asked, pairs = FILLERS, FILLERS + KEYS

    def draw(rng: np.random.Generator, count: int) -> Drawn:
        tokens = rng.integers(FILLERS, size=(count, length))
        values = rng.integers(VALUES, size=(count, KEYS))
        order = rng.permuted(np.tile(np.arange(first, last), (count, 1)), axis=1)[
            :, : KEYS * copies
        ]
        written = np.tile(pairs + np.arange(KEYS) * VALUES + values, (1, copies))
        np.put_along_axis(tokens, order, written, axis=1)
        key = rng.integers(KEYS, size=count)
        tokens[:, 0] = asked + key
        answers = values[np.arange(count), key]
        return tokens, answers[:, None] if at_first else answers

    answered = (0,) if at_first else None
    return Task(pairs + KEYS * VALUES, length, VALUES, draw, places=answered)


PLANTED = 0.4
"""Share of a bag that is of the token to name, besides what falls to it by chance."""


def bag(length: int, classes: int = 4) -> Task:
    """Return the task to say which token is the most frequent: no order, no pairs of tokens."""

    def draw(rng: np.random.Generator, count: int) -> Drawn:
        labels = rng.integers(classes, size=count)
        tokens = rng.integers(classes, size=(count, length))
        planted = rng.random((count, length)) < PLANTED
        return np.where(planted, labels[:, None], tokens), labels

    return Task(classes, length, classes, draw)


def copying(length: int, symbols: int = 8) -> Task:
    """Return the task to write the first half of a sequence again in the second."""
    half = length // 2

    def draw(rng: np.random.Generator, count: int) -> Drawn:
        tokens = np.full((count, 2 * half), symbols)
        tokens[:, :half] = rng.integers(symbols, size=(count, half))
        return tokens, tokens[:, :half].copy()

    places = tuple(range(half, 2 * half))
    return Task(symbols + 1, 2 * half, symbols, draw, places=places)


OPERATIONS: Mapping[str, Callable[[list[int]], int]] = {
    "max": max,
    "min": min,
    "median": lambda numbers: sorted(numbers)[len(numbers) // 2],
    "sum": lambda numbers: sum(numbers) % DIGITS,
}
DIGITS = 10
CLOSE, PAD = DIGITS + len(OPERATIONS), DIGITS + len(OPERATIONS) + 1


def list_operations(length: int, arguments: int = 3, depth: int = 2) -> Task:
    """Return a short form of ListOps: the value of nested max, min, median and sum modulo 10.

    As in Nangia and Bowman 2018, arXiv:1804.06028, but of fewer arguments and levels.

    Args:
        length: n; an expression that is longer is drawn again.
        arguments: Most arguments of an operation; the fewest are two.
        depth: Most operations inside each other.
    """
    names = list(OPERATIONS)

    def expression(rng: np.random.Generator, level: int) -> tuple[list[int], int]:
        if level == 0 or (level < depth and rng.random() < 0.5):
            number = int(rng.integers(DIGITS))
            return [number], number
        which = int(rng.integers(len(names)))
        inner = [expression(rng, level - 1) for _ in range(rng.integers(2, arguments + 1))]
        value = OPERATIONS[names[which]]([number for _, number in inner])
        return [DIGITS + which, *(token for part, _ in inner for token in part), CLOSE], value

    def draw(rng: np.random.Generator, count: int) -> Drawn:
        tokens, labels = np.full((count, length), PAD), np.empty(count, dtype=np.int64)
        for row in range(count):
            written, value = expression(rng, depth)
            while len(written) > length:
                written, value = expression(rng, depth)
            tokens[row, : len(written)], labels[row] = written, value
        return tokens, labels

    return Task(PAD + 1, length, DIGITS, draw)


LEVELS = 17
"""Brightnesses of a pixel."""

TEST, VALIDATION = 0.4, 0.1
"""Shares of the digits that are not trained on."""


def digits(seed: int, *, among: Sequence[int] = tuple(range(10)), examples: int = 0) -> Task:
    """Return handwritten digits of 8 × 8 pixels, each pixel a token.

    Args:
        seed: Of the split.
        among: The digits.
        examples: How many are trained on; 0: all but the held-out ones.
    """
    from sklearn.datasets import load_digits

    images, numbers = load_digits(return_X_y=True)
    chosen = np.isin(numbers, among)
    tokens = images[chosen].astype(np.int64)
    labels = np.searchsorted(among, numbers[chosen]).astype(np.int64)
    order = np.random.default_rng([seed, 2]).permutation(len(labels))
    test, known = np.split(order, [round(TEST * len(labels))])
    validation, known = np.split(known, [round(VALIDATION * len(labels))])

    def draw_from(rows: NDArray[np.intp]) -> Draws:
        def draw(rng: np.random.Generator, count: int) -> Drawn:
            at = rng.choice(rows, size=count)
            return tokens[at], labels[at]

        return draw

    held_out: Mapping[Part, Draws] = {"validation": draw_from(validation), "test": draw_from(test)}
    return Task(LEVELS, tokens.shape[1], len(among), draw_from(known[: examples or None]), held_out)


def named(name: str, length: int, seed: int) -> Task:
    """Return a task by its name, of sequences of a length; digits have their own.

    Args:
        name: `retrieval`, `copying`, `listops`, `digits` or `bag`.
        length: n.
        seed: Of the split of the digits.
    """
    makers: Mapping[str, Callable[[], Task]] = {
        "retrieval": lambda: retrieval(length),
        "copying": lambda: copying(length),
        "listops": lambda: list_operations(length),
        "digits": lambda: digits(seed),
        "bag": lambda: bag(length),
    }
    return makers[name]()


@torch.no_grad()
def accuracies(
    model: LanguageModel, batches: Batches, seeds: Sequence[int] | None = None
) -> list[float]:
    """Return the share of right answers of each network on the test part.

    Args:
        model: S networks.
        batches: What they read.
        seeds: The seed of each network, one of `batches.seeds`; None: one network each, in order.
    """
    model.eval()
    known = list(batches.seeds)
    rows = torch.tensor([known.index(seed) for seed in seeds or known])
    device = next(model.parameters()).device
    right = []
    for batch in batches.evaluated("test"):
        own = batch.of(rows).to(device)
        guessed = model(own.inputs, own.places).argmax(dim=-1)
        right.append((guessed == own.targets).double().flatten(1).mean(dim=1))
    shares: list[float] = torch.stack(right).mean(dim=0).tolist()
    return shares
