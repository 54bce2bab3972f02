"""Beam search, free or held inside a prefix tree, with or without a look ahead.

After Su Jianlin's baseline.py (bojone/KgCLUE-bert4keras): tokens that no key continues with get
probability 0, and the others are normalised anew. Where the subject is written and several tokens
may follow, a token's probability p becomes p^(1/(w + 1)) before that, where w is how much more of
the question the best key behind that token covers: LCS(key, question) − LCS(prefix, question).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from evaluators.constrained_decoding.common_subsequence import CommonSubsequence
from evaluators.constrained_decoding.copying_seq2seq import END, PAD, CopyingSeq2Seq, Encoded
from evaluators.constrained_decoding.prefix_tree import Key, PrefixTree

PARTS = 3
"""An answer is finished after so many ends: of the subject, the relation and the meaning."""

QUESTIONS = 256
"""Questions of a network that are answered at once."""


class Answers(NamedTuple):
    """Answers of one network.

    Attributes:
        keys: What was written for each question, an unfinished answer without its last end.
        weighed: Whether the look-ahead found several tokens to weigh, by question.
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
    network: CopyingSeq2Seq,
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
    for start in range(0, len(questions[0]), QUESTIONS):
        part = [each[start : start + QUESTIONS] for each in questions]
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
            own.weighed.extend(
                bool(ahead and lookers and each.weighed)
                for each in (lookers[index] if lookers else [])
            )
    return found


def _search(
    network: CopyingSeq2Seq,
    encoded: Encoded,
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
            logs, states = network.step(encoded, states, last)
        logs = _allowed(logs.double(), scores, written, trees, lookers)
        total = (scores[..., None] + logs).flatten(2)
        scores, places = total.topk(beams, dim=-1)
        from_beam, last = places // network.size, places % network.size
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
    logs: Tensor,
    scores: Tensor,
    written: Sequence[Sequence[Sequence[Key]]],
    trees: Sequence[PrefixTree] | None,
    lookers: Sequence[Sequence[Ahead]] | None,
) -> Tensor:
    """Return log p (S, n, K, V) of what may follow; a finished answer is followed by padding."""
    size = logs.shape[-1]
    flat = logs.reshape(-1, size)
    live = (scores > -torch.inf).flatten().tolist()
    rows, tokens, weights, done = [], [], [], []
    n, beams = scores.shape[1:]
    for row, alive in enumerate(live):
        if not alive:
            continue
        s, question = row // (n * beams), row // beams % n
        prefix = written[s][question][row % beams]
        if _finished(prefix):
            done.append(row)
        elif trees is not None:
            # A tree of finished answers always goes on, so that no row is left without a token.
            children = trees[s].children(prefix)
            rows += [row] * len(children)
            tokens += children
            looker = None if lookers is None else lookers[s][question]
            weights += looker.weights(prefix, children) if looker else [1] * len(children)
    if trees is None:
        held = flat.clone()
        held[:, PAD] = -torch.inf
    else:
        held = torch.full_like(flat, -torch.inf)
        at = torch.tensor(rows, dtype=torch.long), torch.tensor(tokens, dtype=torch.long)
        held[at] = flat[at] / torch.tensor(weights, dtype=flat.dtype)
        open_rows = torch.tensor(sorted(set(rows)), dtype=torch.long)
        held[open_rows] = held[open_rows].log_softmax(-1)
    held[done] = -torch.inf
    held[done, PAD] = 0.0
    return held.reshape(logs.shape)


def padded(sequences: Sequence[Sequence[Sequence[int]]]) -> Tensor:
    """Return S lists of n sequences as (S, n, longest), padded at their ends."""
    longest = max(len(each) for own in sequences for each in own)
    return torch.tensor(
        [[[*each, *[PAD] * (longest - len(each))] for each in own] for own in sequences]
    )


def legal(keys: Sequence[Key], graph: Mapping[Key, str]) -> float:
    """Return the share of answers that are a key of the graph."""
    return sum(key in graph for key in keys) / len(keys)
