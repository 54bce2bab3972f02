"""Cutting documents into words: runs of letters, and every Han character for itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evaluators.errors import DimensionError

_HAN = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"
# Han characters are letters too, so they are taken out of the class of letters first.
_WORD = re.compile(rf"[{_HAN}]|(?:(?![{_HAN}])[^\W\d_])+(?:['’](?:(?![{_HAN}])[^\W\d_])+)*")


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
        types: Every distinct word, most frequent first, equal counts by spelling.
        counts: How often each type occurs, shape (types,).
        ids: The words in order, as positions in `types`, shape (tokens,).
        starts: Where each document begins in `ids`, with the end of the last one,
            shape (documents + 1,).
        repeated: Documents left out because they had occurred word for word before.
    """

    types: tuple[str, ...]
    counts: NDArray[np.int64]
    ids: NDArray[np.int32]
    starts: NDArray[np.int64]
    repeated: int

    @property
    def documents(self) -> int:
        """How many documents were kept."""
        return len(self.starts) - 1

    @cached_property
    def document_of(self) -> NDArray[np.int32]:
        """The document of each word, shape (tokens,)."""
        return np.repeat(np.arange(self.documents, dtype=np.int32), np.diff(self.starts))


def read_tokens(documents: Iterable[str]) -> Tokens:
    """Cut documents into words and number them.

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
        found = f"only one word, {next(iter(number))!r}" if number else "no word"
        raise DimensionError(f"the corpus holds {found}: give a text in which words vary")
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
