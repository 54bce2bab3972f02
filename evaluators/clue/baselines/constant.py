"""Constant answers, which use little or nothing of an example."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from evaluators.clue.baselines.entity import entity_dictionary, look_up
from evaluators.trainer.labelled_data import ChoiceExample, EntityExample, TextExample

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset

_SENTENCE_END = re.compile(r"[。！？!?；;\n]")


def answers(
    train: LabelledDataset, scored: LabelledDataset, positive: str | None = None
) -> list[Any]:
    """Return one answer for each example.

    - classification: the commonest class of training, or always `positive`
    - choice: the position that is most often right in training, of those an example has
    - span: the first sentence of the context, as an empty answer would score 0
    - entity: every occurrence of strings that mostly are entities in training, as () would score 0
    """
    if train.family == "classification":
        texts = cast("tuple[TextExample, ...]", train.examples)
        label = train.labels.index(positive) if positive is not None else _commonest(texts)
        return [label] * len(scored)
    if train.family == "choice":
        return _positions(
            cast("tuple[ChoiceExample, ...]", train.examples),
            cast("tuple[ChoiceExample, ...]", scored.examples),
        )
    if train.family == "span":
        return [first_sentence(example.context) for example in cast("Any", scored.examples)]
    known = entity_dictionary(cast("tuple[EntityExample, ...]", train.examples))
    return [look_up(example.text, known) for example in cast("Any", scored.examples)]


def first_sentence(context: str) -> str:
    """Return the first sentence of a context, without its final punctuation."""
    return next((part.strip() for part in _SENTENCE_END.split(context) if part.strip()), context)


def _commonest(examples: Sequence[TextExample]) -> int:
    counts = Counter(example.label for example in examples)
    # Of equally common classes take the first, so that the order of the examples does not matter.
    return min((-count, cast("int", label)) for label, count in counts.items())[1]


def _positions(train: Sequence[ChoiceExample], scored: Sequence[ChoiceExample]) -> list[int]:
    right = Counter(example.answer for example in train)
    best: dict[int, int] = {}
    for count in {len(example.choices) for example in scored}:
        best[count] = min((-right[position], position) for position in range(count))[1]
    return [best[len(example.choices)] for example in scored]
