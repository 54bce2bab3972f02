"""Rows of one split of one CLUE task, known by the digest of their content."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

from evaluators.clue.examples import Example
from evaluators.clue.task import Family
from evaluators.digest import sha256_json


@dataclass(frozen=True)
class ClueDataset:
    """Examples that were checked and may be trained on or scored.

    Attributes:
        task: Name of the task.
        split: Name of the split.
        family: Which kind of example it holds.
        labels: Classes or entity types, in the order that labels count in; empty for the others.
        examples: The rows that are used.
        dropped: Why rows were left out, and how many: `("no consensus", 50)`.
        source: Where the rows were read from, for people: no part of the identity.
    """

    task: str
    split: str
    family: Family
    labels: tuple[str, ...]
    examples: tuple[Example, ...]
    dropped: tuple[tuple[str, int], ...] = ()
    source: str = ""

    def __len__(self) -> int:
        return len(self.examples)

    @cached_property
    def digest(self) -> str:
        """SHA-256 over labels and examples in order, whatever the file format."""
        return sha256_json([self.family, self.labels, [asdict(each) for each in self.examples]])
