"""Read rows of questions about a knowledge graph."""

from __future__ import annotations

from evaluators.clue.reading.fields import Row, identity, text
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import Triple, TripleExample

BETWEEN = "|||"
_FIELDS = 3


def read_triple(row: Row, number: int) -> TripleExample:
    """Return the question of a row whose answer is `subject ||| relation ||| object`.

    Raises:
        DatasetError: The answer has not three parts, or one of them is empty.
    """
    name, question = identity(row, ("id",), number), text(row, "question")
    answer = row.get("answer")
    if answer is None or answer == "":
        return TripleExample(name, question, None)
    parts = [part.strip() for part in text(row, "answer").split(BETWEEN)]
    if len(parts) != _FIELDS or not all(parts):
        raise DatasetError(
            f"column 'answer' holds {answer!r:.60}, not subject ||| relation ||| object"
        )
    return TripleExample(name, question, Triple(*parts))
