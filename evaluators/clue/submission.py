"""Write submissions in the format of CLUE's site, and validate them.

Source: CLUE's notes on submissions (CLUEbenchmark/CLUE on GitHub, "提交样例", 2021-09-04) and, for
FewCLUE and KgCLUE, the files of their public baselines.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast

from evaluators.clue.task import ClueTask
from evaluators.errors import ScoreError
from evaluators.names import nearest
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Entity,
    EntityExample,
    Example,
    SpanExample,
)

if TYPE_CHECKING:
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.predictions import Predictions


Form = Literal["lines", "object"]
Version = Literal["1.0", "1.1"]

_RENAMED: dict[Version, dict[str, str]] = {
    "1.0": {"tnews": "tnews10", "cluewsc2020": "cluewsc10", "c3": "c310", "chid": "chid10"},
    "1.1": {
        "tnews": "tnews11",
        "cluewsc2020": "cluewsc11",
        "c3": "c311",
        "chid": "chid11",
        "ocnli": "ocnli_50k",
    },
}
_DESCRIBED = ("tnews", "iflytek")
"""Tasks whose lines hold the label in words besides its number."""

_FEW = "fewclue-"
_SAME_NAME = ("tnews", "iflytek", "ocnli", "chid", "csl", "cluewsc")
"""FewCLUE's tasks that are also CLUE's: an f in the file name distinguishes them."""

_BETWEEN = " ||| "
"""What stands between subject, relation and object."""


def file_name(task: ClueTask, version: Version | None = None) -> str:
    """Return the file name of a task's submission.

    Args:
        task: The task.
        version: Version of the benchmark, in which some tasks have other test sets; None leaves it
            out.
    """
    name = task.name.removeprefix(_FEW)
    if task.name.startswith(_FEW):
        return f"{name}{'f' if name in _SAME_NAME else ''}_predict.json"
    return f"{_RENAMED[version].get(name, name) if version else name}_predict.json"


def form(task: ClueTask) -> Form:
    """Return whether a file has one object per line, or is one object from id to answer."""
    return "object" if task.family == "span" or task.name == "chid" else "lines"


def answer_key(task: ClueTask) -> str:
    """Return the key of the answer in a line."""
    return "answer" if task.name == f"{_FEW}chid" or task.family == "triple" else "label"


def described(task: ClueTask) -> bool:
    """Return whether lines hold the label in words too."""
    return task.name in _DESCRIBED


def written_id(name: str) -> int | str:
    """Return an id in the format of the published files: as a number where it is one."""
    return int(name) if name.isascii() and name.isdecimal() and str(int(name)) == name else name


def entity_problems(task: ClueTask, label: Any, example: EntityExample | None) -> Iterator[str]:
    """Yield the errors in a label type → text → [[start, end]]; fewer without the example."""
    if not isinstance(label, dict):
        yield f"the label {label!r:.40} is not type → text → [[start, end]]"
        return
    for kind, texts in label.items():
        if kind not in task.labels:
            yield f"unknown entity type {kind!r:.40}{nearest(kind, task.labels)}"
        if not isinstance(texts, dict):
            yield f"under {kind!r:.40} stands {texts!r:.40}, not text → [[start, end]]"
            continue
        for covered, places in texts.items():
            yield from _of_places(kind, covered, places, example)


def _of_places(
    kind: str, covered: str, places: Any, example: EntityExample | None
) -> Iterator[str]:
    if not isinstance(places, list) or not places:
        yield f"{kind} {covered!r:.40} has no places [[start, end]]"
        return
    for place in places:
        pair = isinstance(place, list) and len(place) == 2
        if not pair or not all(isinstance(at, int) and not isinstance(at, bool) for at in place):
            yield f"{kind} {covered!r:.40}: {place!r:.40} is not [start, end]"
        elif not 0 <= place[0] <= place[1]:
            yield f"{kind} {covered!r:.40}: {place} is not a place: ends include the last character"
        elif example is not None and place[1] >= len(example.text):
            yield f"{kind} {covered!r:.40}: {place} is outside its {len(example.text)} characters"
        elif example is not None and example.text[place[0] : place[1] + 1] != covered:
            actual = example.text[place[0] : place[1] + 1]
            yield f"{kind} {covered!r:.40}: at {place} stands {actual!r:.40}"


def written(task: ClueTask, predictions: Predictions, dataset: LabelledDataset) -> str:
    """Return the text of a submission, in the order of the published rows.

    Args:
        task: The task.
        predictions: One answer an example.
        dataset: The predicted split; a file of entities quotes their texts.

    Raises:
        ScoreError: The predictions are not of exactly these examples.
    """
    answers = dict(zip(predictions.ids, predictions.predicted, strict=True))
    ids = [example.id for example in dataset.examples]
    if (
        predictions.family != task.family
        or len(answers) != len(predictions)
        or {*ids} != {*answers}
    ):
        missing = len({*ids} - {*answers})
        raise ScoreError(
            f"predictions must be for the {len(ids)} examples of {dataset.task}/{dataset.split},"
            f" got {len(predictions)} ({missing} examples have none): evaluate the whole split"
        )
    if form(task) == "object":
        # ChID's answers are positions and CMRC's are texts; both are written unchanged.
        return (
            json.dumps({name: answers[name] for name in ids}, ensure_ascii=False, indent=1) + "\n"
        )
    lines = [
        {"id": written_id(example.id), **_answer(task, answers[example.id], example)}
        for example in dataset.examples
    ]
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)


def _answer(task: ClueTask, predicted: Any, example: Any) -> dict[str, Any]:
    if task.family == "choice":
        return {answer_key(task): int(predicted)}
    if task.family == "entity":
        return {"label": _entities(cast("EntityExample", example).text, predicted)}
    if task.family == "triple":
        return {answer_key(task): _BETWEEN.join(predicted)}
    label = task.labels[predicted]
    line = {"label": task.official_labels[label]}
    return {**line, "label_desc": label} if described(task) else line


def _entities(text: str, entities: tuple[Entity, ...]) -> dict[str, dict[str, list[list[int]]]]:
    """Return type → text → places, whose ends include the last character."""
    by_type: dict[str, dict[str, list[list[int]]]] = {}
    for entity in entities:
        covered = text[entity.start : entity.end]
        by_type.setdefault(entity.type, {}).setdefault(covered, []).append(
            [entity.start, entity.end - 1]
        )
    return by_type


class Problem(NamedTuple):
    """One error in a file.

    Attributes:
        line: Line of the file, from 1; None for an error of the whole file.
        said: The error's text.
    """

    line: int | None
    said: str


class _Answer(NamedTuple):
    """An answer as it stands in the file."""

    line: int | None
    id: Any
    fields: dict[str, Any]


def problems(
    task: ClueTask, content: bytes, dataset: LabelledDataset | None = None
) -> list[Problem]:
    """Return all errors in the submission of a task; none if it can be handed in.

    Args:
        task: The task.
        content: Content of the file.
        dataset: The predicted split. Without it ids are not compared with the published ones, nor
            answers with their texts.
    """
    collected: list[Problem] = []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [Problem(line, "is not UTF-8: save the file as UTF-8")]
    if text.startswith("\ufeff"):
        return [Problem(1, "starts with a byte-order mark: save the file without one")]
    answers = list(
        (_object if form(task) == "object" else _lines)(text, answer_key(task), collected)
    )
    if not answers and not collected:
        collected.append(Problem(None, "the file holds no answers"))
    examples = (
        None
        if dataset is None
        else {dataset_example.id: dataset_example for dataset_example in dataset.examples}
    )
    collected += _of_ids(answers, examples)
    for answer in answers:
        example = None if examples is None else examples.get(str(answer.id))
        collected += [
            Problem(answer.line, message) for message in _of_answer(task, answer, example)
        ]
    return collected


def _lines(text: str, key: str, collected: list[Problem]) -> Iterator[_Answer]:
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        try:
            row = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            collected.append(Problem(number, f"is not JSON: {error}"))
            continue
        if not isinstance(row, dict) or "id" not in row or key not in row:
            collected.append(Problem(number, f'is not {{"id": …, "{key}": …}}'))
            continue
        yield _Answer(number, row["id"], row)


def _object(text: str, key: str, collected: list[Problem]) -> Iterator[_Answer]:
    try:
        rows = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        collected.append(Problem(getattr(error, "lineno", None), f"is not JSON: {error}"))
        return
    if not isinstance(rows, dict):
        collected.append(Problem(None, "is not a JSON object from id to answer"))
        return
    yield from (_Answer(None, name, {key: answer}) for name, answer in rows.items())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"duplicate key {twice!r}")
    return row


def _of_ids(answers: list[_Answer], examples: dict[str, Example] | None) -> Iterator[Problem]:
    first: dict[str, int | None] = {}
    for answer in answers:
        name = str(answer.id)
        if isinstance(answer.id, bool) or not isinstance(answer.id, int | str):
            yield Problem(answer.line, f"the id {answer.id!r:.40} is neither number nor text")
        elif name in first:
            yield Problem(answer.line, f"the id {name!r} stands on line {first[name]} already")
        elif examples is not None and name not in examples:
            yield Problem(answer.line, f"the split has no id {name!r:.40}")
        first.setdefault(name, answer.line)
    if examples is None:
        return
    missing = [name for name in examples if name not in first]
    if missing:
        listed = ", ".join(map(repr, missing[:5]))
        yield Problem(None, f"{len(missing)} of {len(examples)} ids have no answer: {listed} …")
    elif [*first] != [*examples]:
        yield Problem(None, "the ids are not in the order of the published rows, as CLUE asks")


def _of_answer(task: ClueTask, answer: _Answer, example: Example | None) -> Iterator[str]:
    value = answer.fields[answer_key(task)]
    subject = f"the answer to {written_id(str(answer.id))!r:.40}"
    if task.family == "classification":
        yield from _of_label(task, answer.fields)
    elif task.family == "choice":
        count = len(cast("ChoiceExample", example).choices) if example else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            yield f"{subject} is {value!r:.40}, not the position of a choice"
        elif count is not None and value >= count:
            yield f"{subject} is {value}: its choices count from 0 to {count - 1}"
    elif task.family == "span":
        if not isinstance(value, str):
            yield f"{subject} is {value!r:.40}, which is not a text"
        elif example is not None and value not in cast("SpanExample", example).context:
            yield f"{subject}, {value!r:.40}, is not in its context"
    elif task.family == "triple":
        parts = value.split(_BETWEEN) if isinstance(value, str) else []
        if len(parts) != 3 or not all(part.strip() for part in parts):
            yield f"{subject} is {value!r:.40}, not subject{_BETWEEN}relation{_BETWEEN}object"
    else:
        yield from entity_problems(task, value, cast("EntityExample | None", example))


def _of_label(task: ClueTask, fields: dict[str, Any]) -> Iterator[str]:
    names = {name: label for label, name in task.official_labels.items()}
    answer = fields["label"]
    if not isinstance(answer, str) or answer not in names:
        hint = nearest(str(answer), names)
        yield f"the label {answer!r:.40} is none of {task.name}'s, which are text{hint}"
    elif described(task) and fields.get("label_desc", names[answer]) != names[answer]:
        yield f"label_desc {fields['label_desc']!r:.40} is not that of {answer}, {names[answer]!r}"
