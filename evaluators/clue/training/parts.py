"""Which examples are trained on, and which choose the epoch."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np

from evaluators.clue.dataset import ClueDataset
from evaluators.clue.examples import ChoiceExample, Example, SpanExample, TextExample
from evaluators.errors import TrainingError

# Streams of one seed: what is drawn in one place moves nothing in another.
_CUT, _HELD_OUT, _ORDER = range(3)
_WINDOW = 32  # batches whose rows are sorted by length together, at most
_LEAST_WINDOWS = 8


class Parts(NamedTuple):
    """A training set in two."""

    fit: ClueDataset
    held_out: ClueDataset | None


def cut(dataset: ClueDataset, most: int | None, seed: int) -> ClueDataset:
    """Return at most so many examples, drawn by the seed, in their own order."""
    if most is None or most >= len(dataset):
        return dataset
    drawn = np.sort(np.random.default_rng([seed, _CUT]).permutation(len(dataset))[:most])
    return replace(dataset, examples=tuple(dataset.examples[i] for i in drawn))


def hold_out(dataset: ClueDataset, share: float, seed: int) -> Parts:
    """Hold out a share of the examples; those about one text go to the same side.

    A dialogue of C3 has several questions: were one held out and another trained on, the choice
    of the epoch would reward remembering the dialogue.

    Args:
        dataset: What may be trained on.
        share: Of the examples; 0 holds out none.
        seed: Of the draw.

    Raises:
        TrainingError: One of the sides would be empty.
    """
    if share == 0:
        return Parts(dataset, None)
    places: dict[str, list[int]] = {}
    for place, example in enumerate(dataset.examples):
        places.setdefault(_text(example), []).append(place)
    groups = list(places.values())
    wanted = max(1, round(share * len(dataset)))
    held: set[int] = set()
    for group in np.random.default_rng([seed, _HELD_OUT]).permutation(len(groups)):
        if len(held) >= wanted:
            break
        held.update(groups[group])
    if len(held) == len(dataset):
        raise TrainingError(
            f"{dataset.task}/{dataset.split} has {len(dataset)} examples about {len(groups)} texts:"
            " nothing is left to train on beside a held-out part. Take selection: last"
        )

    def side(kept: bool) -> ClueDataset:
        return replace(
            dataset,
            examples=tuple(one for i, one in enumerate(dataset.examples) if (i in held) is kept),
        )

    return Parts(side(False), side(True))


def ordered(lengths: list[int], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """Return the batches of an epoch: shuffled, rows of like lengths together.

    Rows are shuffled, sorted by length within windows of some batches, and the batches shuffled:
    less padding, while every epoch has batches of its own. A small set, whose few batches would be
    the same each time, is only shuffled.
    """
    rng = np.random.default_rng([seed, _ORDER, epoch])
    order = rng.permutation(len(lengths)).tolist()
    window = batch * min(_WINDOW, len(order) // batch // _LEAST_WINDOWS)
    if window > batch:
        order = [
            place
            for start in range(0, len(order), window)
            for place in sorted(order[start : start + window], key=lengths.__getitem__)
        ]
    batches = [order[start : start + batch] for start in range(0, len(order), batch)]
    return [batches[i] for i in rng.permutation(len(batches))]


def _text(example: Example) -> str:
    if isinstance(example, ChoiceExample | SpanExample):
        return example.context
    return (
        f"{example.text}\n{example.pair or ''}"
        if isinstance(example, TextExample)
        else (example.text)
    )
