"""Predictions as the text of a submission."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from evaluators.clue.examples import Entity, EntityExample
from evaluators.clue.submission.formats import answer_key, described, form, written_id
from evaluators.errors import ScoreError

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from evaluators.clue.predictions import Predictions
    from evaluators.clue.task import ClueTask


def written(task: ClueTask, predictions: Predictions, dataset: ClueDataset) -> str:
    """Return the text of a file, in the order of the published rows.

    Args:
        task: The task.
        predictions: One answer an example.
        dataset: The split they are for: a file of entities quotes their texts.

    Raises:
        ScoreError: The predictions are not for exactly these examples.
    """
    said = dict(zip(predictions.ids, predictions.predicted, strict=True))
    ids = [example.id for example in dataset.examples]
    if predictions.family != task.family or len(said) != len(predictions) or {*ids} != {*said}:
        missing = len({*ids} - {*said})
        raise ScoreError(
            f"the {len(predictions)} predictions are not for the {len(ids)} examples of "
            f"{dataset.task}/{dataset.split} ({missing} have none): evaluate the whole split"
        )
    if form(task) == "object":
        # ChID's answers are positions and CMRC's are texts: both as they are.
        return json.dumps({name: said[name] for name in ids}, ensure_ascii=False, indent=1) + "\n"
    lines = [
        {"id": written_id(example.id), **_answer(task, said[example.id], example)}
        for example in dataset.examples
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _answer(task: ClueTask, said: Any, example: Any) -> dict[str, Any]:
    if task.family == "choice":
        return {answer_key(task): int(said)}
    if task.family == "entity":
        return {"label": _entities(cast("EntityExample", example).text, said)}
    label = task.labels[said]
    line = {"label": task.official_labels[label]}
    return {**line, "label_desc": label} if described(task) else line


def _entities(text: str, said: tuple[Entity, ...]) -> dict[str, dict[str, list[list[int]]]]:
    """Return type → text → places, whose ends include the last character."""
    found: dict[str, dict[str, list[list[int]]]] = {}
    for one in said:
        covered = text[one.start : one.end]
        found.setdefault(one.type, {}).setdefault(covered, []).append([one.start, one.end - 1])
    return found
