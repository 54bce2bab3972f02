"""A copying task with template words, transformers that tag while they write, and their decoding.

A source is words, two spans of which stand between brackets. Its target is a template word, the
first span, another template word, the second span and a last one. In the control world each word of
a span is translated, so that nothing of the target stands in the source.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import cross_entropy

from evaluators.language_models.batches import Batch, Part
from evaluators.language_models.networks import Draw, LanguageModel, Linear
from evaluators.language_models.training import Loss
from evaluators.language_models.transformer import Shape, Transformer

Ints = NDArray[np.int64]

OUTSIDE, BEGIN, INSIDE = range(3)
"""Tags: O, B and I."""

WORDS = 300
"""Different words of a source, the i-th with a probability in proportion to 1 / (i + 5): some are
rare, as names are. The last fifth is new: it is in test sources alone, at a fifth of the places."""

NEW = WORDS // 5

TEMPLATES = 9
LONGEST, SHORTEST = 4, 2
"""Words of a span."""

BETWEEN = 2
"""Other words before, between and after the spans."""

_FIRST_TEMPLATE = 2 * WORDS
OPEN, CLOSE, WRITE, END = range(_FIRST_TEMPLATE + TEMPLATES, _FIRST_TEMPLATE + TEMPLATES + 4)
"""Brackets, the token after the source, and the one after the target and what fills it up."""

VOCABULARY = END + 1
_TRAINED = np.where(np.arange(WORDS) < WORDS - NEW, 1 / (np.arange(WORDS) + 5), 0.0)
_TRAINED /= _TRAINED.sum()
_TESTED = np.where(np.arange(WORDS) < WORDS - NEW, 0.8 * _TRAINED, 0.2 / NEW)
SOURCE = 3 * BETWEEN + 2 * (LONGEST + 2) + 1
"""Tokens of a source; shorter ones have more other words at the end."""

TARGET = 2 * LONGEST + 4
"""Tokens of a target with its end."""

_TRAIN, _TEST, _TRANSLATION = range(3)


class Examples(NamedTuple):
    """Examples of the task.

    Attributes:
        sources: (n, SOURCE), the last is WRITE.
        targets: (n, TARGET), filled up with END.
        tags: (n, TARGET), OUTSIDE … INSIDE.
    """

    sources: Ints
    targets: Ints
    tags: Ints


def draw(
    rng: np.random.Generator, count: int, translation: Ints | None, *, tested: bool = False
) -> Examples:
    """Return random examples.

    Args:
        rng: Draws them.
        count: How many.
        translation: What each word becomes in a target; None copies it.
        tested: Whether there are new words.
    """
    sources = rng.choice(WORDS, (count, SOURCE), p=_TESTED if tested else _TRAINED)
    targets = np.full((count, TARGET), END)
    tags = np.full((count, TARGET), OUTSIDE)
    lengths = rng.integers(SHORTEST, LONGEST + 1, (count, 2))
    sources[:, -1] = WRITE
    # The first word decides which of three words each place of the template has.
    kinds = _FIRST_TEMPLATE + 3 * np.arange(3) + (sources[:, :1] % 3)
    for source, target, tag, both, kind in zip(sources, targets, tags, lengths, kinds, strict=True):
        at, out = BETWEEN, 0
        for length, word in zip(both, kind, strict=False):
            source[at], source[at + length + 1] = OPEN, CLOSE
            span = source[at + 1 : at + 1 + length]
            target[out] = word
            target[out + 1 : out + 1 + length] = span if translation is None else translation[span]
            if translation is None:
                tag[out + 1], tag[out + 2 : out + 1 + length] = BEGIN, INSIDE
            at, out = at + length + 2 + BETWEEN, out + 1 + length
        target[out] = kind[2]
    return Examples(sources, targets, tags)


def translation_of(seed: int) -> Ints:
    """Return what each word becomes in the control world: one of as many other words."""
    return WORDS + np.random.default_rng([seed, _TRANSLATION]).permutation(WORDS)


class Copying:
    """Batches of the task; targets are three times the token plus the tag.

    Args:
        seeds: Each draws its examples.
        batch: Examples of a step.
        copied: Whether targets have spans of the source; else these are translated.
    """

    def __init__(self, seeds: Sequence[int], batch: int, *, copied: bool) -> None:
        self.seeds, self._batch = seeds, batch
        self._translations = [None if copied else translation_of(seed) for seed in seeds]

    def draw(self, step: int) -> Batch:
        """Return the batch of a step; no example is seen twice."""
        return self._made(_TRAIN, step, self._batch)

    def evaluated(self, part: Part) -> Iterator[Batch]:
        """Yield the test examples."""
        yield self._made(_TEST, 0, 4 * self._batch)

    def tested(self, count: int) -> list[Examples]:
        """Return test examples of each seed."""
        return [
            draw(np.random.default_rng([seed, _TEST, 1]), count, translation, tested=True)
            for seed, translation in zip(self.seeds, self._translations, strict=True)
        ]

    def _made(self, stream: int, step: int, count: int) -> Batch:
        drawn = [
            draw(np.random.default_rng([seed, stream, step]), count, translation)
            for seed, translation in zip(self.seeds, self._translations, strict=True)
        ]
        inputs = np.stack([np.hstack((each.sources, each.targets[:, :-1])) for each in drawn])
        asked = np.stack([3 * each.targets + each.tags for each in drawn])
        places = np.broadcast_to(np.arange(SOURCE - 1, SOURCE - 1 + TARGET), asked.shape)
        return Batch(*(torch.from_numpy(np.ascontiguousarray(x)) for x in (inputs, asked, places)))


class Tagger(Transformer):
    """S transformers that predict a token and its tag.

    Args:
        seeds: Of the first weights.
        shape: Sizes.
    """

    def __init__(self, seeds: Sequence[int], shape: Shape) -> None:
        super().__init__(seeds, shape)
        self.tags = Linear(Draw([seed + 1_000_003 for seed in seeds]), shape.width, 3, 0.1)

    def both(self, tokens: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of tokens (S, B, M, vocabulary) and of tags (S, B, M, 3) at places."""
        states = self.states(tokens)
        asked = states.gather(2, places[..., None].expand(*places.shape, states.shape[-1]))
        flat = asked.flatten(1, -2)
        shape = (*places.shape, -1)
        return self.logits(flat).view(shape), self.tags(flat).view(shape)


def shape_of(width: int, layers: int) -> Shape:
    """Return the sizes of a transformer that reads a source and writes a target."""
    return Shape(VOCABULARY, SOURCE + TARGET - 1, width=width, layers=layers, heads=4)


def loss_of(arms: Sequence[bool]) -> Loss:
    """Return the loss of networks, arm by arm: of tokens, and of tags in the arms that tag.

    Args:
        arms: Whether each arm tags.
    """

    def loss(model: LanguageModel, batch: Batch) -> Tensor:
        tokens, tags = cast(Tagger, model).both(batch.inputs, cast(Tensor, batch.places))
        of_tokens = _mean_loss(tokens, batch.targets // 3)
        of_tags = _mean_loss(tags, batch.targets % 3)
        weights = torch.tensor(arms, dtype=of_tags.dtype).repeat_interleave(
            len(of_tags) // len(arms)
        )
        return of_tokens + weights * of_tags

    return loss


def _mean_loss(logits: Tensor, targets: Tensor) -> Tensor:
    losses = cross_entropy(logits.flatten(0, -2), targets.flatten(), reduction="none")
    return losses.view(len(logits), -1).mean(dim=1)


class Written(NamedTuple):
    """What networks write, (S, n, TARGET); tags are those that the decoding followed."""

    tokens: Ints
    tags: Ints


class Scores(Protocol):
    """What scores the next token and its tag."""

    def both(self, tokens: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits of tokens and of tags at places, as `Tagger.both` does."""


class RandomScores:
    """Normal scores that depend on nothing.

    Args:
        seeds: One for each of S networks.
    """

    def __init__(self, seeds: Sequence[int]) -> None:
        self._generators = [torch.Generator().manual_seed(seed) for seed in seeds]

    def both(self, tokens: Tensor, places: Tensor) -> tuple[Tensor, Tensor]:
        """Return random logits, as `Tagger.both` does."""
        tables = [
            [torch.randn(*places.shape[1:], size, generator=each) for each in self._generators]
            for size in (VOCABULARY, 3)
        ]
        return torch.stack(tables[0]), torch.stack(tables[1])


@torch.no_grad()
def write(model: Scores, sources: Ints, *, masked: bool) -> Written:
    """Return the likeliest tokens one after another, for sources (S, n, SOURCE).

    Args:
        model: S networks, not in training.
        sources: What they read.
        masked: Whether tokens that do not begin or continue a span of the source are left out
            where the likeliest tag says B or I.
    """
    read = torch.from_numpy(sources)
    tokens = np.full((*sources.shape[:2], TARGET), END)
    tags = np.full(tokens.shape, OUTSIDE)
    spans = [[Span(source) for source in each] for each in sources]
    for at in range(TARGET):
        inputs = torch.cat([read, torch.from_numpy(tokens[..., :at])], dim=2)
        place = torch.full((*inputs.shape[:2], 1), SOURCE - 1 + at)
        scores, likely = model.both(inputs, place)
        tag = likely[:, :, 0].argmax(dim=-1).numpy()
        table = scores[:, :, 0].numpy()
        if masked:
            for s, n in np.ndindex(*tag.shape):
                tag[s, n] = spans[s][n].restrict(table[s, n], int(tag[s, n]))
        tokens[..., at], tags[..., at] = table.argmax(axis=-1), tag
        if masked:
            for s, n in np.ndindex(*tag.shape):
                spans[s][n].add(int(tokens[s, n, at]), int(tag[s, n]))
    return Written(tokens, tags)


class Span:
    """The span of a source that is being copied.

    Args:
        source: Its tokens, the last of which is WRITE.
    """

    def __init__(self, source: Ints) -> None:
        self._source = source[:-1]
        self._next: Ints = np.empty(0, dtype=np.int64)

    def restrict(self, scores: NDArray[np.float32], tag: int) -> int:
        """Leave only tokens that the tag allows, in place, and return the tag that was followed.

        An I where nothing can be continued is taken for a B.
        """
        if tag == INSIDE and not len(self._next):
            tag = BEGIN
        if tag != OUTSIDE:
            allowed = self._source if tag == BEGIN else self._source[self._next]
            kept = scores[allowed].copy()
            scores[:] = -np.inf
            scores[allowed] = kept
        return tag

    def add(self, token: int, tag: int) -> None:
        """Take notice of a token that was written."""
        if tag == OUTSIDE:
            self._next = self._next[:0]
            return
        ends = np.arange(len(self._source)) if tag == BEGIN else self._next
        ends = ends[self._source[ends] == token] + 1
        self._next = ends[ends < len(self._source)]
