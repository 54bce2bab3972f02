"""Made-up sentences of a topic in a form, in which a rule without any network finds both.

A form is an arrangement of four function words and four gaps; every form has the same function
words, so that their order alone tells which it is. Gaps hold words of the sentence's topic. Topic,
form and the choice of words carry 2.77 nats each.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from evaluators.language_models.batches import Batch, Part

Ints = NDArray[np.int64]

TOPICS, WORDS_EACH = 16, 2
FORMS, FUNCTION_WORDS, GAPS = 16, 4, 4
APART = 4
"""Places at least at which two forms differ."""

LENGTH = FUNCTION_WORDS + GAPS
TOPIC_WORDS = TOPICS * WORDS_EACH
VOCABULARY = TOPIC_WORDS + FUNCTION_WORDS
"""Words of topic t are 2t and 2t + 1; the last four are function words."""

GAP = -1
UNKNOWN = -1
"""Label of a sentence in which no topic, or no form, is ahead of all others."""

_WORLD, _TRAIN, _EVALUATED, _PAIRS = range(4)
"""Streams of one seed, so that draws for one purpose do not change those for another."""


class Drawn(NamedTuple):
    """Sentences and what they were made of.

    Attributes:
        words: (n, 8).
        topics: (n,).
        forms: (n,).
    """

    words: Ints
    topics: Ints
    forms: Ints


class World:
    """Forms that a seed draws.

    Args:
        seed: The seed.

    Attributes:
        forms: Function word or `GAP` at each place of each form, (16, 8).
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        rng = np.random.default_rng([seed, _WORLD])
        parts = [*range(TOPIC_WORDS, VOCABULARY), *[GAP] * GAPS]
        forms: list[Ints] = []
        while len(forms) < FORMS:
            form = rng.permutation(parts)
            if all((form != other).sum() >= APART for other in forms):
                forms.append(form)
        self.forms = np.stack(forms)

    def sentences(self, topics: Ints, forms: Ints, rng: np.random.Generator) -> Drawn:
        """Return a sentence for each topic (n,) and form (n,), its words drawn."""
        words = WORDS_EACH * topics[:, None] + rng.integers(WORDS_EACH, size=(len(topics), LENGTH))
        pattern = self.forms[forms]
        return Drawn(np.where(pattern == GAP, words, pattern), topics, forms)

    def draw(self, count: int, rng: np.random.Generator) -> Drawn:
        """Return sentences of topics and forms that are drawn evenly."""
        topics, forms = rng.integers(TOPICS, size=count), rng.integers(FORMS, size=count)
        return self.sentences(topics, forms, rng)

    def pairs(self, count: int) -> tuple[Drawn, Drawn]:
        """Return sentences and as many others, each of another topic and another form."""
        rng = np.random.default_rng([self.seed, _PAIRS])
        first = self.draw(count, rng)
        topics = (first.topics + rng.integers(1, TOPICS, size=count)) % TOPICS
        forms = (first.forms + rng.integers(1, FORMS, size=count)) % FORMS
        return first, self.sentences(topics, forms, rng)

    def topics_of(self, words: Ints) -> Ints:
        """Return the topic of which each sentence (n, 8) has most words, or `UNKNOWN`."""
        counts = np.stack([(words // WORDS_EACH == t).sum(axis=1) for t in range(TOPICS)], axis=1)
        return _best(counts)

    def forms_of(self, words: Ints) -> Ints:
        """Return the form that agrees with each sentence (n, 8) at most places, or `UNKNOWN`."""
        pattern = np.where(words < TOPIC_WORDS, GAP, words)
        return _best((pattern[:, None] == self.forms).sum(axis=2))


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
        drawn = [
            world.draw(self._batch, np.random.default_rng([world.seed, purpose, number])).words
            for world in self._worlds
        ]
        words = torch.from_numpy(np.stack(drawn))
        return Batch(words, words)
