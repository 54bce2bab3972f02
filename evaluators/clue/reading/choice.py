"""Rows of a context and what to choose from."""

from __future__ import annotations

from evaluators.clue.examples import ChoiceExample
from evaluators.clue.reading.fields import Row, text, texts
from evaluators.errors import DatasetError


def read_dialogue(row: Row, number: int) -> ChoiceExample:
    """Read a row of C3: a list of turns or paragraphs, a question, two to four choices.

    The published ids are those of the dialogues, which have several questions each, so a row's
    number is its identity, as in a submission.
    """
    choices = texts(row, "choice", least=2)
    answer = row.get("answer")
    if answer is not None and not isinstance(answer, str):
        raise DatasetError(f"column 'answer' holds {answer!r:.40}, which is no text")
    if answer and answer not in choices:
        raise DatasetError(
            f"the answer {answer!r:.40} is none of the choices {', '.join(choices):.80}"
        )
    return ChoiceExample(
        id=str(number),
        context="\n".join(texts(row, "context")),
        question=text(row, "question"),
        choices=choices,
        answer=choices.index(answer) if answer else None,
    )
