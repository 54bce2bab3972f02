"""Examples whose entities overlap, which heads that tag tokens cannot learn whole."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Literal

from evaluators.errors import MethodError
from evaluators.trainer.labelled_data import EntityExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset


def overlapping(dataset: LabelledDataset) -> list[str]:
    """Return the ids of the examples in which two entities share a character."""
    found = []
    for example in dataset.examples:
        entities = example.entities if isinstance(example, EntityExample) else None
        # They are sorted by start: where any two overlap, two neighbours do.
        if any(after.start < before.end for before, after in pairwise(entities or ())):
            found.append(example.id)
    return found


def counted(
    dataset: LabelledDataset, overlaps: Literal["refuse", "longest"], head: str
) -> dict[str, int]:
    """Return how many examples have overlapping entities, for a run's cost; nothing where none.

    Args:
        dataset: What is to be trained on.
        overlaps: What is to be done about them.
        head: Its name.

    Raises:
        MethodError: There are some, and they are to be refused.
    """
    found = overlapping(dataset)
    if found and overlaps == "refuse":
        raise MethodError(
            f"{dataset.task}/{dataset.split}: entities overlap in {len(found)} of {len(dataset)}"
            f" examples, such as {found[0]!r}, and a BIO tag can name only one: take the head"
            " global-pointer or efficient-global-pointer, or learn the longest of them with"
            f" {{name: {head}, overlaps: longest}}"
        )
    return {"examples_with_overlapping_entities": len(found)} if found else {}
