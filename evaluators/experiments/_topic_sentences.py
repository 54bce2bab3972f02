"""Made-up sentences of a topic in a form, in which a rule without any network finds both.

A form is an arrangement of three function words and three gaps; every form has the same function
words, so that their order alone tells which it is. All gaps hold the word of a topic. Topic and
form carry 2.77 nats each, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import permutations, product
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.language_models.batches import Batch, Part

Ints = NDArray[np.int64]

TOPICS, FORMS = 16, 16
GAPS, FUNCTION_WORDS = 3, 3
APART = 3
"""Places at least at which two forms differ."""

LENGTH = FUNCTION_WORDS + GAPS
VOCABULARY = TOPICS + FUNCTION_WORDS
"""The word of topic t is t; the last three are function words."""

GAP = -1
UNKNOWN = -1
"""Label of a sentence in which no topic, or no form, is ahead of all others."""

_WORLD, _TRAIN, _EVALUATED, _PAIRS = range(4)
"""Streams of one seed, so that draws for one purpose do not change those for another."""


class Drawn(NamedTuple):
    """Sentences and what they were made of.

    Attributes:
        words: (n, 6).
        topics: (n,).
        forms: (n,).
    """

    words: Ints
    topics: Ints
    forms: Ints


class World:
    """Sentences whose forms a seed draws.

    Args:
        seed: The seed.

    Attributes:
        forms: Function word or `GAP` at each place of each form, (16, 6).
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        rng = np.random.default_rng([seed, _WORLD])
        parts = [*range(TOPICS, VOCABULARY), *[GAP] * GAPS]
        every = np.unique(list(permutations(parts)), axis=0)
        forms: list[Ints] = []
        while len(forms) < FORMS:
            forms = []
            for form in rng.permutation(every):
                if len(forms) < FORMS and all((form != other).sum() >= APART for other in forms):
                    forms.append(form)
        self.forms = np.stack(forms)

    def sentences(self, topics: Ints, forms: Ints) -> Drawn:
        """Return the sentence of each topic (n,) in each form (n,)."""
        pattern = self.forms[forms]
        return Drawn(np.where(pattern == GAP, topics[:, None], pattern), topics, forms)

    def draw(self, count: int, rng: np.random.Generator) -> Drawn:
        """Return sentences of topics and forms that are drawn evenly."""
        return self.sentences(rng.integers(TOPICS, size=count), rng.integers(FORMS, size=count))

    def pairs(self, count: int) -> tuple[Drawn, Drawn]:
        """Return sentences and as many others, each of another topic and another form."""
        rng = np.random.default_rng([self.seed, _PAIRS])
        own = self.draw(count, rng)
        topics = (own.topics + rng.integers(1, TOPICS, size=count)) % TOPICS
        forms = (own.forms + rng.integers(1, FORMS, size=count)) % FORMS
        return self.sentences(topics, forms), own

    def topics_of(self, words: Ints) -> Ints:
        """Return the topic whose word each sentence (n, 6) has most often, or `UNKNOWN`."""
        counts = np.stack([(words == topic).sum(axis=1) for topic in range(TOPICS)], axis=1)
        return _best(counts)

    def forms_of(self, words: Ints) -> Ints:
        """Return the form that agrees with each sentence (n, 6) at most places, or `UNKNOWN`."""
        pattern = np.where(words < TOPICS, GAP, words)
        return _best((pattern[:, None] == self.forms).sum(axis=2))

    def guesses(self, topics: Ints | None = None) -> Ints:
        """Return the words, at each place the likeliest, of one who does not know a form.

        Who knows the words of a sentence but not their order knows its topic, and can do no better;
        nor can who knows nothing of it. Of equally likely words the first is taken.

        Args:
            topics: Of the sentences, (n,), whose words are known; None returns (1, 6), for all.
        """
        every = np.arange(FORMS)
        sets = [[t] for t in topics] if topics is not None else [list(range(TOPICS))]
        guesses = []
        for each in sets:
            one, form = np.array(list(product(each, every))).T
            words = self.sentences(one, form).words
            counts = (words[:, :, None] == np.arange(VOCABULARY)).sum(axis=0)
            guesses.append(counts.argmax(axis=1))
        return np.stack(guesses)


def _best(counts: Ints) -> Ints:
    """Return the column with the largest count of each row, or `UNKNOWN` where two have it."""
    largest = counts.max(axis=1, keepdims=True)
    tied = (counts == largest).sum(axis=1) > 1
    return np.where(tied, UNKNOWN, counts.argmax(axis=1))


class Sentences:
    """Batches of sentences to read and to write again, for `language_models.training`.

    Args:
        worlds: One for each seed.
        batch: Sentences of a step.
    """

    def __init__(self, worlds: Sequence[World], batch: int) -> None:
        self.seeds: Sequence[int] = [world.seed for world in worlds]
        self._worlds, self._batch = worlds, batch

    def draw(self, step: int) -> Batch:
        """Return the batch of a step."""
        return self._made(_TRAIN, step)

    def evaluated(self, part: Part) -> Iterator[Batch]:
        """Yield one batch."""
        yield self._made(_EVALUATED, 0 if part == "validation" else 1)

    def _made(self, purpose: int, number: int) -> Batch:
        rows = [
            world.draw(self._batch, np.random.default_rng([world.seed, purpose, number])).words
            for world in self._worlds
        ]
        words = torch.from_numpy(np.stack(rows))
        return Batch(words, words)
