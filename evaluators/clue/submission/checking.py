"""What is wrong with a submission, all of it at once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from evaluators.clue.examples import ChoiceExample, EntityExample, Example, SpanExample
from evaluators.clue.submission.entities import entity_problems
from evaluators.clue.submission.formats import answer_key, described, form, written_id
from evaluators.names import nearest

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from evaluators.clue.task import ClueTask


class Problem(NamedTuple):
    """One thing that is wrong.

    Attributes:
        line: Line of the file, from 1; None where it is about the whole.
        said: What is wrong.
    """

    line: int | None
    said: str


class _Answer(NamedTuple):
    """An answer as it stands in the file."""

    line: int | None
    id: Any
    fields: dict[str, Any]


def problems(task: ClueTask, content: bytes, dataset: ClueDataset | None = None) -> list[Problem]:
    """Return everything that is wrong with the file of a task; nothing if it can be handed in.

    Args:
        task: The task.
        content: The file.
        dataset: The split that is answered. Without it ids are not compared with the published
            ones, nor answers with their texts.
    """
    found: list[Problem] = []
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return [Problem(line, "is not UTF-8: save the file as UTF-8")]
    if text.startswith("\ufeff"):
        return [Problem(1, "starts with a byte-order mark: save the file without one")]
    answers = list((_object if form(task) == "object" else _lines)(text, answer_key(task), found))
    if not answers and not found:
        found.append(Problem(None, "the file holds no answers"))
    examples = None if dataset is None else {one.id: one for one in dataset.examples}
    found += _of_ids(answers, examples)
    for answer in answers:
        example = None if examples is None else examples.get(str(answer.id))
        found += [Problem(answer.line, said) for said in _of_answer(task, answer, example)]
    return found


def _lines(text: str, key: str, found: list[Problem]) -> Iterator[_Answer]:
    for number, line in enumerate(text.removesuffix("\n").split("\n"), start=1):
        try:
            row = json.loads(line, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            found.append(Problem(number, f"is no JSON: {error}"))
            continue
        if not isinstance(row, dict) or "id" not in row or key not in row:
            found.append(Problem(number, f'is not {{"id": …, "{key}": …}}'))
            continue
        yield _Answer(number, row["id"], row)


def _object(text: str, key: str, found: list[Problem]) -> Iterator[_Answer]:
    try:
        rows = json.loads(text, object_pairs_hook=_once)
    except (ValueError, RecursionError) as error:
        found.append(Problem(getattr(error, "lineno", None), f"is no JSON: {error}"))
        return
    if not isinstance(rows, dict):
        found.append(Problem(None, "is no JSON object from id to answer"))
        return
    yield from (_Answer(None, name, {key: answer}) for name, answer in rows.items())


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    row = dict(pairs)
    if len(row) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise ValueError(f"the key {twice!r} stands there twice")
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
        shown = ", ".join(map(repr, missing[:5]))
        yield Problem(None, f"{len(missing)} of {len(examples)} ids have no answer: {shown} …")
    elif [*first] != [*examples]:
        yield Problem(None, "the ids are not in the order of the published rows, as CLUE asks")


def _of_answer(task: ClueTask, answer: _Answer, example: Example | None) -> Iterator[str]:
    said = answer.fields[answer_key(task)]
    where = f"the answer to {written_id(str(answer.id))!r:.40}"
    if task.family == "classification":
        yield from _of_label(task, answer.fields)
    elif task.family == "choice":
        most = len(cast("ChoiceExample", example).choices) if example else None
        if not isinstance(said, int) or isinstance(said, bool) or said < 0:
            yield f"{where} is {said!r:.40}, not the position of a choice"
        elif most is not None and said >= most:
            yield f"{where} is {said}: its choices count from 0 to {most - 1}"
    elif task.family == "span":
        if not isinstance(said, str):
            yield f"{where} is {said!r:.40}, which is no text"
        elif example is not None and said not in cast("SpanExample", example).context:
            yield f"{where}, {said!r:.40}, is not in its context"
    else:
        yield from entity_problems(task, said, cast("EntityExample | None", example))


def _of_label(task: ClueTask, fields: dict[str, Any]) -> Iterator[str]:
    official = {name: label for label, name in task.official_labels.items()}
    said = fields["label"]
    if not isinstance(said, str) or said not in official:
        hint = nearest(str(said), official)
        yield f"the label {said!r:.40} is none of {task.name}'s, which are text{hint}"
    elif described(task) and fields.get("label_desc", official[said]) != official[said]:
        yield f"label_desc {fields['label_desc']!r:.40} is not that of {said}, {official[said]!r}"
