"""Data sets that evaluators read: rows of a task's split, or a text, with content digests."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evaluators.digest import sha256_json


@dataclass(frozen=True)
class PairDataset:
    """Sentence pairs with gold similarities.

    Attributes:
        task: Name of the task.
        split: Name of the split.
        first: The first sentence of each pair, length n.
        second: The second sentence of each pair, length n.
        gold: Gold similarity of each pair, float64, shape (n,).
        subsets: Name of the sub-dataset of each pair, length n, or None.
        source: Where the rows were read from, for people; not part of the identity.
    """

    task: str
    split: str
    first: tuple[str, ...]
    second: tuple[str, ...]
    gold: NDArray[np.float64]
    subsets: tuple[str, ...] | None = None
    source: str = ""

    def __len__(self) -> int:
        return len(self.first)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over the rows in order: same content, same digest, whatever the file format.

        JSON keeps the columns and the sentences apart, so moving text from one to the next
        changes it. Adding 0.0 turns -0.0, which some writers leave behind, into 0.0.
        """
        return sha256_json(
            [self.first, self.second, [float(g) + 0.0 for g in self.gold], self.subsets or None]
        )


@dataclass(frozen=True)
class Corpus:
    """Documents in the order of the text.

    Attributes:
        name: Its name in a plan.
        documents: Lines, paragraphs or docstrings; none empty, none with a line break.
        digest: SHA-256 of the documents joined by line breaks, in hexadecimal.
        source: Origin of the text, without a path of a machine.
        language: ISO 639 code where known.
        licence: Its licence where known.
    """

    name: str
    documents: tuple[str, ...]
    digest: str
    source: str
    language: str | None = None
    licence: str | None = None
