"""Split documents into words, and count how often words are near each other.

A word is a run of letters; every Han character is a word of its own. The counts are separate for
training, validation and test. The likelihood of a skip-gram model depends only on them:
Σ_ij C_ij log p(j|i).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.dimension.numeric_checks import at_least
from evaluators.errors import DimensionError

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
# Han characters are letters too, so they are excluded from the class of letters.
_WORD = re.compile(rf"[{_HAN}]|(?:(?![{_HAN}])[^\W\d_])+(?:['’](?:(?![{_HAN}])[^\W\d_])+)*")
_BLOCKS = 100
_LEAST_BLOCKS = 10
_DENSE_CELLS = 1 << 24


def tokenise(text: str) -> list[str]:
    """Return the words of a text, case folded.

    A word is a run of letters, with apostrophes inside it ("don't"); a Han character is a word of
    its own. Digits, underscores and punctuation separate words and are dropped.
    """
    return _WORD.findall(text.casefold())


@dataclass(frozen=True, eq=False)
class Tokens:
    """A corpus as numbers.

    Attributes:
        types: Every distinct word, most frequent first; words of equal counts in code-point order.
        counts: How often each type occurs, shape (types,).
        ids: The words in order, as positions in `types`, shape (tokens,).
        starts: Start of each document in `ids`, then the end of the last, shape (documents + 1,).
        repeated: Number of documents left out because they repeat an earlier one word for word.
    """

    types: tuple[str, ...]
    counts: NDArray[np.int64]
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    repeated: int

    @property
    def documents(self) -> int:
        """The number of documents."""
        return len(self.starts) - 1

    @cached_property
    def document_of(self) -> NDArray[np.int32]:
        """The document of each word, shape (tokens,)."""
        return np.repeat(np.arange(self.documents, dtype=np.int32), np.diff(self.starts))


def read_tokens(documents: Iterable[str]) -> Tokens:
    """Split documents into words and number the words.

    A document that repeats an earlier one word for word is dropped and counted: one copy in the
    training part and one in the held-out part would make remembering look like predicting.

    Args:
        documents: Lines, paragraphs or docstrings, in the order of the text.

    Raises:
        DimensionError: There is no word, or only one that repeats.
    """
    number: dict[str, int] = {}
    seen: set[bytes] = set()
    parts: list[NDArray[np.int32]] = []
    repeated = 0
    for document in documents:
        words = tokenise(document)
        if not words:
            continue
        ids = np.array([number.setdefault(word, len(number)) for word in words], dtype=np.int32)
        key = ids.tobytes()
        if key in seen:
            repeated += 1
            continue
        seen.add(key)
        parts.append(ids)
    if len(number) < 2:
        described = f"only one word, {next(iter(number))!r}" if number else "no word"
        raise DimensionError(f"the corpus has {described}: give a text with more words")
    return _by_frequency(list(number), parts, repeated)


def _by_frequency(words: list[str], parts: list[NDArray[np.int32]], repeated: int) -> Tokens:
    flat = np.concatenate(parts)
    counts = np.bincount(flat, minlength=len(words))
    order = sorted(range(len(words)), key=lambda at: (-int(counts[at]), words[at]))
    rank = np.empty(len(words), dtype=np.int32)
    rank[order] = np.arange(len(words), dtype=np.int32)
    return Tokens(
        types=tuple(words[at] for at in order),
        counts=counts[order].astype(np.int64),
        ids=rank[flat],
        starts=np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64),
        repeated=repeated,
    )


@dataclass(frozen=True, eq=False)
class PairCounts:
    """Counts of (word, neighbour) pairs under one split of a corpus.

    Attributes:
        train: Counts to fit, a symmetric sparse matrix of shape (N, N).
        validation: Counts on which regularisation and stopping are chosen.
        test: Counts for the reported cross-entropy only.
        coverage: Share of the corpus' words that are in the vocabulary.
    """

    train: Any
    validation: Any
    test: Any
    coverage: float

    @property
    def vocabulary(self) -> int:
        """N."""
        return int(self.train.shape[0])

    @property
    def parts(self) -> tuple[Any, Any, Any]:
        """Training, validation and test counts."""
        return self.train, self.validation, self.test


def count_pairs(tokens: Tokens, vocabulary: int, *, window: int = 4, seed: int = 0) -> PairCounts:
    """Count neighbours among the most frequent words under one random split.

    Rarer words are dropped before windows are formed, as in word2vec, so that a window reaches over
    them. A window stays inside its document. The documents, in order, make about 100 blocks of
    equal numbers of words; 80% of the blocks are for training, 10% for validation and 10% for test,
    drawn by `seed`. Blocks have whole documents, so no window and no document is in two parts.

    Args:
        tokens: The corpus.
        vocabulary: N, the number of words kept.
        window: Neighbours to each side, all of equal weight.
        seed: Seed of the split.

    Raises:
        DimensionError: N is below 2 or above the number of distinct words, there are too few
            documents to split, or a part has no pair.
    """
    n_words = _validate_vocabulary(tokens, vocabulary)
    at_least("window", window, 1)
    in_vocabulary = tokens.ids < n_words
    ids, documents = tokens.ids[in_vocabulary], tokens.document_of[in_vocabulary]
    blocks = _blocks(tokens)
    parts = _assign(blocks, seed)[blocks][documents]
    train, validation, test = (
        _matrix(ids[parts == part], documents[parts == part], n_words, window) for part in range(3)
    )
    for name, matrix in (("training", train), ("validation", validation), ("test", test)):
        if matrix.nnz == 0:
            raise DimensionError(
                f"no two words of the vocabulary of {n_words} are close to each other in the"
                f" {name} part: give a longer text"
            )
    return PairCounts(train, validation, test, coverage=float(in_vocabulary.mean()))


def _validate_vocabulary(tokens: Tokens, vocabulary: int) -> int:
    if isinstance(vocabulary, bool) or not isinstance(vocabulary, int | np.integer):
        raise DimensionError(f"vocabulary must be a whole number, got {vocabulary!r}")
    if vocabulary < 2:
        raise DimensionError(f"vocabulary must be at least 2, got {vocabulary}")
    if vocabulary > len(tokens.types):
        raise DimensionError(
            f"vocabulary must be at most {len(tokens.types)}, the distinct words of the corpus,"
            f" got {vocabulary}: take a smaller one or give a longer text"
        )
    return int(vocabulary)


def _blocks(tokens: Tokens) -> NDArray[np.int64]:
    """Return the block of each document; empty blocks are not numbered."""
    _, block = np.unique(tokens.starts[:-1] * _BLOCKS // tokens.starts[-1], return_inverse=True)
    if block[-1] + 1 < _LEAST_BLOCKS:
        raise DimensionError(
            f"the corpus has {block[-1] + 1} block(s) of documents, fewer than the {_LEAST_BLOCKS}"
            " that a split needs: give more lines, none of them most of the text"
        )
    return block


def _assign(blocks: NDArray[np.int64], seed: int) -> NDArray[np.int8]:
    """Return the part of each block: 0 training, 1 validation, 2 test."""
    count = int(blocks[-1]) + 1
    order = np.random.default_rng(seed).permutation(count)
    held = max(1, round(count / 10))
    part = np.zeros(count, dtype=np.int8)
    part[order[:held]], part[order[held : 2 * held]] = 1, 2
    return part


def _matrix(ids: NDArray[np.int32], documents: NDArray[np.int32], n_words: int, window: int) -> Any:
    from scipy.sparse import coo_array, csr_array

    keys = list(_keys(ids, documents, n_words, window))
    flat = np.concatenate(keys) if keys else np.empty(0, dtype=np.int64)
    if n_words**2 <= _DENSE_CELLS:
        ordered = csr_array(np.bincount(flat, minlength=n_words**2).reshape(n_words, n_words))
    else:
        cells, counts = np.unique(flat, return_counts=True)
        place = (cells // n_words, cells % n_words)
        ordered = coo_array((counts, place), shape=(n_words, n_words)).tocsr()
    return (ordered + ordered.T).tocsr()


def _keys(
    ids: NDArray[np.int32], documents: NDArray[np.int32], n_words: int, window: int
) -> Iterator[NDArray[np.int64]]:
    """Yield row · N + column of every pair, the earlier word as row, by distance."""
    for distance in range(1, min(window, len(ids) - 1) + 1):
        together = documents[:-distance] == documents[distance:]
        left = ids[:-distance][together].astype(np.int64)
        yield left * n_words + ids[distance:][together]
