"""Rows of one split of one CLUE task, known by the digest of their content."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import cached_property

from evaluators.clue.examples import Example, has_label
from evaluators.clue.task import Family
from evaluators.digest import sha256_json
from evaluators.errors import DatasetError


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


def labelled(dataset: ClueDataset) -> bool:
    """Say whether the labels of a data set are there: a split has all of them or none."""
    return has_label(dataset.examples[0])


def demand_labels(dataset: ClueDataset, purpose: str) -> None:
    """Refuse a split whose labels are hidden.

    Args:
        dataset: Any split.
        purpose: What its labels would be for: `trained on`, `scored`.

    Raises:
        DatasetError: It has no labels.
    """
    if not labelled(dataset):
        raise DatasetError(
            f"{dataset.task}/{dataset.split} has no labels, so it cannot be {purpose}: name a "
            "labelled split; an unlabelled one makes submissions only"
        )
