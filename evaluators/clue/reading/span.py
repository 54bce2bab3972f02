"""Read rows of span extraction and of entity recognition."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from evaluators.clue.reading.fields import Row, identity, integer, text, validate_text
from evaluators.clue.task import Read
from evaluators.errors import DatasetError
from evaluators.names import nearest
from evaluators.trainer.labelled_data import Entity, EntityExample, SpanExample


def span_reader(without_question: Collection[str] = ()) -> Read:
    """Return a reader of rows in the format of SQuAD.

    Args:
        without_question: Ids of published rows whose question is empty: they are left out.
    """

    def read(row: Row, number: int) -> SpanExample | str:
        name = identity(row, ("id",), number)
        if name in without_question and not str(row.get("question") or "").strip():
            return "empty question"
        context = text(row, "context")
        question = text(row, "question")
        return SpanExample(name, context, question, _answers(row.get("answers"), context))

    return read


def _answers(column: Any, context: str) -> tuple[str, ...]:
    """Return the accepted answers without duplicates; none where they are hidden.

    Offsets are ignored, as some of the published ones are wrong. In CMRC2018 193 of 9,657
    accepted answers of the validation split are not in their context (a full stop too many, a
    number that a spreadsheet turned into another), but never all three of a question: those are
    kept, as the official script scores against them too.
    """
    if column is None:
        return ()
    if not isinstance(column, dict) or not isinstance(column.get("text"), list | tuple):
        raise DatasetError(
            f"column 'answers' holds {column!r:.60}, not {{'text': [...], 'answer_start': [...]}}"
        )
    answers = tuple(
        validate_text(answer, f"column 'answers', entry {number}")
        for number, answer in enumerate(column["text"], start=1)
    )
    if answers and not any(answer in context for answer in answers):
        raise DatasetError(
            f"the answer {answers[0]!r:.40} is not in its context: correct one of the two, or "
            "remove the row"
        )
    return tuple(dict.fromkeys(answers))


def entity_reader(types: Sequence[str]) -> Read:
    """Return a reader of rows whose entities have inclusive offsets, as in CLUENER."""

    def read(row: Row, number: int) -> EntityExample:
        words = text(row, "text")
        listed = row.get("entities")
        name = identity(row, ("id",), number)
        if listed is None:
            return EntityExample(name, words, None)
        if not isinstance(listed, list | tuple):
            raise DatasetError(f"column 'entities' holds {listed!r:.40}, which is not a list")
        entities = [_entity(entity, words, types) for entity in listed]
        for entity in entities:
            if entities.count(entity) > 1:
                raise DatasetError(f"the entity {entity} is a duplicate: remove one of them")
        return EntityExample(
            name,
            words,
            tuple(sorted(entities, key=lambda entity: (entity.start, entity.end, entity.type))),
        )

    return read


def _entity(fields: Any, words: str, types: Sequence[str]) -> Entity:
    if not isinstance(fields, Mapping):
        raise DatasetError(f"column 'entities' holds {fields!r:.40}, not type, text, start, end")
    kind = fields.get("type")
    if kind not in types:
        raise DatasetError(f"unknown entity type {kind!r:.40}{nearest(str(kind), types)}")
    start, last = integer(fields, "start"), integer(fields, "end")
    if not 0 <= start <= last < len(words):
        raise DatasetError(
            f"the {kind} at {start} to {last} is outside its text of {len(words)} characters"
        )
    covered = words[start : last + 1]
    if fields.get("text") is not None and fields["text"] != covered:
        raise DatasetError(
            f"the {kind} at {start} to {last} covers {covered!r:.40}, not {fields['text']!r:.40}: "
            "offsets count characters from 0 and include the last one"
        )
    return Entity(str(kind), start, last + 1)
