"""Which pieces of a text read alike, for scores that match entities by their text.

Predictions keep offsets and not the texts. Two pieces read alike where they are of one length and
their text first stands at the same place, so that place is all that has to be kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.trainer.labelled_data import EntityExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.predictions import Predictions, Repeat


def repeats(
    dataset: LabelledDataset, predictions: Predictions
) -> tuple[tuple[Repeat, ...], ...] | None:
    """Return the entities of each example whose text stands earlier in it, and where first.

    Args:
        dataset: What was predicted.
        predictions: Of its examples, in its order.

    Returns:
        Triples (start, end, first place), sorted; None for tasks without entities.
    """
    if predictions.family != "entity":
        return None
    found = []
    for example, gold, predicted in zip(
        dataset.examples, predictions.gold, predictions.predicted, strict=True
    ):
        if not isinstance(example, EntityExample):
            return None
        spans = {(entity.start, entity.end) for entity in (*(gold or ()), *predicted)}
        places = [(start, end, example.text.find(example.text[start:end])) for start, end in spans]
        found.append(tuple(sorted(place for place in places if place[2] < place[0])))
    return tuple(found)
