"""Rows of a context and a question that a piece of it answers."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from evaluators.clue.examples import SpanExample
from evaluators.clue.reading.fields import Row, demand_text, identity, text
from evaluators.clue.task import Read
from evaluators.errors import DatasetError


def reader(without_question: Collection[str] = ()) -> Read:
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
        demand_text(answer, f"column 'answers', entry {number}")
        for number, answer in enumerate(found["text"], start=1)
    )
    if answers and not any(answer in context for answer in answers):
        raise DatasetError(
            f"the answer {answers[0]!r:.40} is not in its context: correct one of the two, or "
            "remove the row"
        )
    return tuple(dict.fromkeys(answers))
