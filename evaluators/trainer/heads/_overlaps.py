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
    ids = []
    for example in dataset.examples:
        entities = example.entities if isinstance(example, EntityExample) else None
        # They are sorted by start: where any two overlap, two neighbours do.
        if any(after.start < before.end for before, after in pairwise(entities or ())):
            ids.append(example.id)
    return ids


def counted(
    dataset: LabelledDataset, overlaps: Literal["refuse", "longest"], head: str
) -> dict[str, int]:
    """Count the examples with overlapping entities, for a run's cost; {} where there are none.

    Args:
        dataset: The training set.
        overlaps: Whether they are refused, or the longest entities are learned.
        head: Name of the head, for the error's text.

    Raises:
        MethodError: Entities overlap, and `overlaps` is `refuse`.
    """
    ids = overlapping(dataset)
    if ids and overlaps == "refuse":
        raise MethodError(
            f"{dataset.task}/{dataset.split}: entities overlap in {len(ids)} of {len(dataset)}"
            f" examples, such as {ids[0]!r}, and a BIO tag can name only one: take the head"
            " global-pointer or efficient-global-pointer, or learn the longest of them with"
            f" {{name: {head}, overlaps: longest}}"
        )
    return {"examples_with_overlapping_entities": len(ids)} if ids else {}
