"""Beam search, free or held inside a prefix tree, with or without a look ahead.

After Su Jianlin's baseline.py (bojone/KgCLUE-bert4keras): tokens that no key continues with get
probability 0, and the others are normalised anew. Where the subject is written and several tokens
may follow, a token's probability p becomes p^(1/(w + 1)) before that, where w is how much more of
the question the best key behind that token covers: LCS(key, question) − LCS(prefix, question).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from evaluators.constrained_decoding.common_subsequence import CommonSubsequence
from evaluators.constrained_decoding.copying_seq2seq import END, PAD
from evaluators.constrained_decoding.prefix_tree import Key, PrefixTree

PARTS = 3
"""An answer is finished after so many ends: of the subject, the relation and the meaning."""

QUESTIONS = 64
"""Questions of a network that are answered at once, of like lengths: the longest takes longest."""


class Source(Protocol):
    """Sources that networks have read."""

    @property
    def source(self) -> Tensor:
        """(S, n, T) tokens."""

    @property
    def start(self) -> Tensor:
        """(S, n, H), the first state of what writes."""


class Writer(Protocol):
    """S networks that write token by token."""

    def encode(self, source: Tensor) -> Any:
        """Read sources (S, n, T), and return a `Source`."""

    def step(self, encoded: Any, states: Tensor, last: Tensor) -> tuple[Tensor, Tensor]:
        """Return p of every token after K beams of each source, (S, n, K, V), and their states."""

    def floored(self, probabilities: Tensor) -> Tensor:
        """Return probabilities of which none is 0."""


class Answers(NamedTuple):
    """Answers of one network.

    Attributes:
        keys: What was written for each question, an unfinished answer without its last end.
        weighed: Whether the look-ahead found several tokens to weigh, by question; all False or
            empty without one.
    """

    keys: list[Key]
    weighed: list[bool]


class Ahead:
    """The look-ahead of one question.

    Args:
        question: Its tokens.
        tree: What may be answered.
    """

    def __init__(self, question: Key, tree: PrefixTree) -> None:
        self._question = CommonSubsequence((*question, END))
        self._tree = tree
        self.weighed = False

    def weights(self, prefix: Key, children: Key) -> list[int]:
        """Return w + 1 of each child."""
        if len(children) < 2 or END not in prefix:
            return [1] * len(children)
        self.weighed = True
        covered = self._question.length(prefix)
        best: dict[int, int] = {}
        for key in self._tree.keys(prefix):
            token = key[len(prefix)]
            best[token] = max(best.get(token, 0), self._question.length(key) - covered)
        return [best[child] + 1 for child in children]


def answer(
    network: Writer,
    questions: Sequence[Sequence[Key]],
    *,
    beams: int,
    longest: int,
    trees: Sequence[PrefixTree] | None = None,
    ahead: bool = False,
) -> list[Answers]:
    """Answer the questions of S networks.

    Args:
        network: S networks.
        questions: Of each network, as many for all of them.
        beams: Number of beams.
        longest: Tokens after which a free answer is broken off.
        trees: What each network may answer; None lets it write what it likes.
        ahead: Whether to look ahead.
    """
    found = [Answers([], []) for _ in questions]
    orders = [_by_length(own) for own in questions]
    for start in range(0, len(questions[0]), QUESTIONS):
        part = [
            [own[at] for at in order[start : start + QUESTIONS]]
            for own, order in zip(questions, orders, strict=True)
        ]
        with torch.no_grad():
            encoded = network.encode(padded(part))
        lookers = None
        if trees is not None:
            lookers = [
                [Ahead(question, tree) for question in own]
                for own, tree in zip(part, trees, strict=True)
            ]
        keys = _search(network, encoded, beams, longest, trees, lookers if ahead else None)
        for index, own in enumerate(found):
            own.keys.extend(keys[index])
            own.weighed.extend(each.weighed for each in (lookers[index] if lookers else []))
    return [_in_order(each, order) for each, order in zip(found, orders, strict=True)]


def _by_length(questions: Sequence[Key]) -> list[int]:
    return sorted(range(len(questions)), key=lambda place: len(questions[place]))


def _in_order(answers: Answers, order: Sequence[int]) -> Answers:
    """Return answers in the order of the questions."""
    places = sorted(range(len(order)), key=lambda place: order[place])
    return Answers(
        [answers.keys[place] for place in places],
        [answers.weighed[place] for place in places if answers.weighed],
    )


def _search(
    network: Writer,
    encoded: Source,
    beams: int,
    longest: int,
    trees: Sequence[PrefixTree] | None,
    lookers: Sequence[Sequence[Ahead]] | None,
) -> list[list[Key]]:
    networks, n = encoded.source.shape[:2]
    states = encoded.start[:, :, None].repeat(1, 1, beams, 1)
    last = torch.full((networks, n, beams), END)
    # All beams begin alike, so that only the first one may go on.
    scores = torch.full((networks, n, beams), -torch.inf, dtype=torch.float64)
    scores[:, :, 0] = 0.0
    written: list[list[list[Key]]] = [[[()] * beams for _ in range(n)] for _ in range(networks)]
    for _ in range(longest):
        with torch.no_grad():
            spread, states = network.step(encoded, states, last)
        tokens, logs = _allowed(network, spread, scores, written, trees, lookers)
        choices = logs.shape[-1]
        scores, places = (scores[..., None] + logs).flatten(2).topk(beams, dim=-1)
        from_beam, last = places // choices, tokens.flatten(2).gather(2, places)
        states = states.gather(2, from_beam[..., None].expand_as(states))
        written = [
            [
                [
                    beam[old] if token == PAD else (*beam[old], token)
                    for old, token in zip(olds, tokens, strict=True)
                ]
                for beam, olds, tokens in zip(*own, strict=True)
            ]
            for own in zip(written, from_beam.tolist(), last.tolist(), strict=True)
        ]
        if all(_finished(beam[0]) for own in written for beam in own):
            break
    return [[beam[0] for beam in own] for own in written]


def _finished(key: Key) -> bool:
    return key.count(END) >= PARTS


def _allowed(
    network: Writer,
    spread: Tensor,
    scores: Tensor,
    written: Sequence[Sequence[Sequence[Key]]],
    trees: Sequence[PrefixTree] | None,
    lookers: Sequence[Sequence[Ahead]] | None,
) -> tuple[Tensor, Tensor]:
    """Return the tokens that may follow in each beam and their log p, each (S, n, K, C).

    A finished answer is followed by padding. Free decoding keeps the best K tokens of a beam, as no
    others can be among the best K of a question.

    Args:
        network: Knows the floor of its probabilities.
        spread: (S, n, K, V), p without the floor.
        scores: (S, n, K), of what was written; −∞ where a beam is not in use.
        written: What was written in each beam.
        trees: As in `answer`.
        lookers: Of each question, where there is a look-ahead.
    """
    networks, n, beams, size = spread.shape
    flat = spread.reshape(-1, size)
    if trees is None:
        flat[:, PAD] = -1.0  # below any probability: padding follows finished answers alone
        best, tokens = flat.topk(beams, dim=-1)
        best = network.floored(best.double()).log()
    else:
        children, weights = _children(scores, written, trees, lookers)
        tokens = _rows(children, 0).long()
        best = network.floored(flat.gather(1, tokens).double()).log() / _rows(weights, 1)
        best = best.masked_fill(_rows([[1] * len(each) for each in children], 0) == 0, -torch.inf)
        in_use = torch.tensor([bool(each) for each in children])
        best[in_use] = best[in_use].log_softmax(-1)
    for row, prefix in enumerate(beam for own in written for each in own for beam in each):
        if _finished(prefix):
            tokens[row, 0], best[row] = PAD, -torch.inf
            best[row, 0] = 0.0
    shape = networks, n, beams, -1
    return tokens.reshape(shape), best.reshape(shape)


def _children(
    scores: Tensor,
    written: Sequence[Sequence[Sequence[Key]]],
    trees: Sequence[PrefixTree],
    lookers: Sequence[Sequence[Ahead]] | None,
) -> tuple[list[Key], list[list[int]]]:
    """Return the children of each beam's prefix, and their weights; none of a beam not in use."""
    children: list[Key] = []
    weights: list[list[int]] = []
    used = (scores > -torch.inf).tolist()
    for s, tree in enumerate(trees):
        for question, prefixes in enumerate(written[s]):
            for beam, prefix in enumerate(prefixes):
                found = tree.children(prefix) if used[s][question][beam] else ()
                children.append(found)
                weights.append(
                    [1] * len(found)
                    if lookers is None
                    else lookers[s][question].weights(prefix, found)
                )
    return children, weights


def _rows(values: Sequence[Sequence[int]], padding: int) -> Tensor:
    """Return rows of unequal lengths as a tensor, at least one wide."""
    widest = max(1, *map(len, values))
    return torch.tensor([[*row, *[padding] * (widest - len(row))] for row in values])


def padded(sequences: Sequence[Sequence[Sequence[int]]]) -> Tensor:
    """Return S lists of n sequences as (S, n, longest), padded at their ends."""
    longest = max(len(each) for own in sequences for each in own)
    return torch.tensor(
        [[[*each, *[PAD] * (longest - len(each))] for each in own] for own in sequences]
    )
