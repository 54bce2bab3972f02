"""Rows of a context and a question that a piece of it answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from evaluators.clue.reading.fields import Row, identity, integer, text, validate_text
from evaluators.clue.task import Read
from evaluators.errors import DatasetError
from evaluators.names import nearest
from evaluators.trainer.labelled_data import Entity, EntityExample, SpanExample


def span_reader(without_question: Collection[str] = ()) -> Read:
    """Return what reads rows as SQuAD has them.

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


def _answers(found: Any, context: str) -> tuple[str, ...]:
    """Return the accepted answers, each once; none where they are hidden.

    Offsets are left aside, as some of the published ones are wrong. In CMRC2018 193 of 9,657
    accepted answers of the validation split are not in their context (a full stop too many, a
    number that a spreadsheet turned into another), but never all three of a question: those are
    kept, as the official script scores against them too.
    """
    if found is None:
        return ()
    if not isinstance(found, dict) or not isinstance(found.get("text"), list | tuple):
        raise DatasetError(
            f"column 'answers' holds {found!r:.60}, not {{'text': [...], 'answer_start': [...]}}"
        )
    answers = tuple(
        validate_text(answer, f"column 'answers', entry {number}")
        for number, answer in enumerate(found["text"], start=1)
    )
    if answers and not any(answer in context for answer in answers):
        raise DatasetError(
            f"the answer {answers[0]!r:.40} is not in its context: correct one of the two, or "
            "remove the row"
        )
    return tuple(dict.fromkeys(answers))


def entity_reader(types: Sequence[str]) -> Read:
    """Return what reads rows whose entities have inclusive offsets, as CLUENER's have."""

    def read(row: Row, number: int) -> EntityExample:
        words = text(row, "text")
        found = row.get("entities")
        name = identity(row, ("id",), number)
        if found is None:
            return EntityExample(name, words, None)
        if not isinstance(found, list | tuple):
            raise DatasetError(f"column 'entities' holds {found!r:.40}, which is not a list")
        entities = [_entity(one, words, types) for one in found]
        for one in entities:
            if entities.count(one) > 1:
                raise DatasetError(f"the entity {one} is a duplicate: remove one of them")
        return EntityExample(
            name, words, tuple(sorted(entities, key=lambda one: (one.start, one.end, one.type)))
        )

    return read


def _entity(found: Any, words: str, types: Sequence[str]) -> Entity:
    if not isinstance(found, Mapping):
        raise DatasetError(f"column 'entities' holds {found!r:.40}, not type, text, start, end")
    kind = found.get("type")
    if kind not in types:
        raise DatasetError(f"unknown entity type {kind!r:.40}{nearest(str(kind), types)}")
    start, last = integer(found, "start"), integer(found, "end")
    if not 0 <= start <= last < len(words):
        raise DatasetError(
            f"the {kind} at {start} to {last} is outside its text of {len(words)} characters"
        )
    covered = words[start : last + 1]
    if found.get("text") is not None and found["text"] != covered:
        raise DatasetError(
            f"the {kind} at {start} to {last} covers {covered!r:.40}, not {found['text']!r:.40}: "
            "offsets count characters from 0 and include the last one"
        )
    return Entity(str(kind), start, last + 1)
