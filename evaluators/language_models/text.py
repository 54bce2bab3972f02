"""Text as streams of tokens, in three parts: bytes, pieces of words, or a made-up source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import DatasetError

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

BLOCKS, EACH = 100, 20
"""A text is cut into 100 blocks of documents; of every 20 one is for validation and one for test,
so that all parts have something of everything in a text whose subjects change."""

STRANDS = 64
"""Parts of a made-up stream that are drawn side by side, for speed."""


class Stream(NamedTuple):
    """A text as numbers.

    Attributes:
        train: Tokens to train on, (n,).
        validation: Tokens on which a step or a rate is chosen.
        test: Tokens on which the chosen one is scored.
        vocabulary: Number of different tokens.
    """

    train: Ints
    validation: Ints
    test: Ints
    vocabulary: int


def byte_stream(documents: Sequence[str]) -> Stream:
    """Return a text as bytes, a new line after each document.

    The vocabulary is every byte of the training part, and one token for all others.

    Raises:
        DatasetError: A part is empty.
    """
    parts = [np.frombuffer(_joined(part), dtype=np.uint8) for part in _parts(documents)]
    kinds = np.unique(parts[0])
    numbers = np.full(256, len(kinds), dtype=np.int64)
    numbers[kinds] = np.arange(len(kinds))
    train, validation, test = (numbers[part] for part in parts)
    return Stream(train, validation, test, len(kinds) + 1)


def piece_stream(documents: Sequence[str], vocabulary: int) -> Stream:
    """Return a text as pieces of words: byte-pair encoding, learned on the training part.

    Args:
        documents: The text.
        vocabulary: Largest number of pieces, above 256: every byte is one.

    Raises:
        DatasetError: A part is empty, or the vocabulary too small.
    """
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    if vocabulary <= 256:
        raise DatasetError(f"vocabulary must be above 256, a piece for each byte, got {vocabulary}")
    parts = _parts(documents)
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        show_progress=False,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(parts[0], trainer)
    encoded = [
        np.array([i for text in tokenizer.encode_batch([f"{d}\n" for d in part]) for i in text.ids])
        for part in parts
    ]
    return Stream(encoded[0], encoded[1], encoded[2], tokenizer.get_vocab_size())


def made_up_stream(
    seed: int, tokens: int = 200_000, vocabulary: int = 24, concentration: float = 0.1
) -> Stream:
    """Return a made-up text: a Markov chain that now and then repeats what stood shortly before.

    The chain alone is learned without looking back. A repeat, on a third of the places, copies 8
    tokens from 8 to 24 tokens before: to predict it a model must find the place and go along it.

    Args:
        seed: Seed of the chain and the draws.
        tokens: Number of tokens in all three parts.
        vocabulary: Number of different tokens.
        concentration: Of the Dirichlet distribution of the chain's rows; small ones are sharp.
    """
    chain, drawn = markov_chain(seed, vocabulary, concentration), _draws(seed)
    length = -(-tokens // STRANDS)
    cumulated = np.cumsum(chain, axis=1)
    strands = np.zeros((length, STRANDS), dtype=np.int64)
    left, back = np.zeros(STRANDS, dtype=np.int64), np.ones(STRANDS, dtype=np.int64)
    lots = drawn.random((length, STRANDS))
    for at in range(1, length):
        # 1/16 starts, each for 8 tokens: on about a third of the places something is copied.
        starts = (left == 0) & (drawn.random(STRANDS) < 1 / 16) & (at > _FARTHEST)
        left = np.where(starts, _COPIED, left)
        back = np.where(starts, drawn.integers(_COPIED, _FARTHEST + 1, STRANDS), back)
        fresh = (cumulated[strands[at - 1]] < lots[at][:, None]).sum(axis=1)
        copied = strands[np.maximum(at - back, 0), np.arange(STRANDS)]
        strands[at] = np.where(left > 0, copied, np.minimum(fresh, vocabulary - 1))
        left = np.maximum(left - 1, 0)
    whole = strands.T.reshape(-1)
    first, last = (round(share * len(whole)) for share in (0.9, 0.95))
    return Stream(whole[:first], whole[first:last], whole[last:], vocabulary)


_COPIED, _FARTHEST = 8, 24


def markov_chain(seed: int, vocabulary: int, concentration: float) -> Floats:
    """Return the transition probabilities of a seed's chain, (V, V), rows add up to 1."""
    rng = np.random.default_rng([seed, 1])
    chain: Floats = rng.dirichlet([concentration] * vocabulary, size=vocabulary)
    return 0.99 * chain + 0.01 / vocabulary


def table_loss(stream: Stream) -> float:
    """Return the loss on the test part of a table of pairs of neighbours, in nats a token.

    Counts of the training part, one added to each: what a model that only looks at the last token
    can reach, and so a bound that a model must pass which has learned anything of the context.
    """
    size = stream.vocabulary
    pairs = stream.train[:-1] * size + stream.train[1:]
    counts = np.bincount(pairs, minlength=size * size).reshape(size, size) + 1.0
    logs = np.log(counts / counts.sum(axis=1, keepdims=True))
    return float(-logs[stream.test[:-1], stream.test[1:]].mean())


def _draws(seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, 2])


def _joined(documents: Sequence[str]) -> bytes:
    return "".join(f"{document}\n" for document in documents).encode()


def _parts(documents: Sequence[str]) -> tuple[list[str], list[str], list[str]]:
    """Return the documents of train, validation and test."""
    parts: tuple[list[str], list[str], list[str]] = ([], [], [])
    for place, document in enumerate(documents):
        block = place * BLOCKS // len(documents) % EACH
        parts[{EACH // 4: 1, 3 * EACH // 4: 2}.get(block, 0)].append(document)
    if not all(parts):
        raise DatasetError(
            f"a text must have at least {EACH} documents (lines), so that each part has some,"
            f" got {len(documents)}"
        )
    return parts
