"""A compact prefix tree of token sequences, which says what may come next.

The keys are kept in a MARISA trie (Yata 2011): a tree as a string of bits (LOUDS), whose own
labels are in a tree again, so that many keys share their beginnings and their ends. A token is one
character of the text that stands for a key.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import marisa_trie

Key = tuple[int, ...]

FEW = 256
"""Up to so many keys below a prefix are read to see what comes next; of more, tokens are tried."""

_SURROGATES = (0xD800, 0xE000)
"""Code points that no text may hold."""


class PrefixTree:
    """An immutable set of token sequences.

    Args:
        keys: Sequences of tokens, each at least 0 and below a million; duplicates count once.
    """

    def __init__(self, keys: Iterable[Sequence[int]]) -> None:
        tokens: set[int] = set()

        def texts() -> Iterator[str]:
            for key in keys:
                tokens.update(key)
                yield _text(key)

        self._trie = marisa_trie.Trie(texts())
        self._tokens = sorted(tokens)
        self._known: dict[Key, Key] = {}

    def __len__(self) -> int:
        return len(self._trie)

    def __contains__(self, key: Sequence[int]) -> bool:
        return _text(key) in self._trie

    @property
    def nbytes(self) -> int:
        """Number of bytes of the tree, the same in memory as in a file."""
        return len(self._trie.tobytes())

    def children(self, prefix: Sequence[int]) -> Key:
        """Return the tokens that may follow a prefix, ascending; none after a whole key."""
        asked = tuple(prefix)
        if asked in self._known:
            return self._known[asked]
        text = _text(asked)
        some = list(islice(self._trie.iterkeys(text), FEW + 1))
        if len(some) <= FEW:
            at = len(text)
            return tuple(sorted({_token(key[at]) for key in some if len(key) > at}))
        found = tuple(
            token
            for token in self._tokens
            if next(self._trie.iterkeys(text + _character(token)), None) is not None
        )
        self._known[asked] = found  # few prefixes have so many keys below them
        return found

    def keys(self, prefix: Sequence[int] = ()) -> list[Key]:
        """Return all keys that begin with a prefix, in no order that means something."""
        return [tuple(map(_token, key)) for key in self._trie.iterkeys(_text(prefix))]


def _text(key: Sequence[int]) -> str:
    return "".join(map(_character, key))


def _character(token: int) -> str:
    first, after = _SURROGATES
    return chr(token + 1 if token + 1 < first else token + 1 + after - first)


def _token(character: str) -> int:
    first, after = _SURROGATES
    code = ord(character)
    return code - 1 if code < first else code - 1 - after + first
