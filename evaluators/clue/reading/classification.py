"""Rows of one or two texts and a class.

In rows of CLUEWSC the text has the pronoun between two #, whatever the copy's format, and the
second text is the noun that it may refer to.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.clue.reading.fields import (
    Row,
    identity,
    integer,
    position,
    text,
    texts,
    validate_text,
)
from evaluators.clue.task import Read
from evaluators.errors import DatasetError
from evaluators.trainer.labelled_data import TextExample


def reader(
    labels: Sequence[str],
    official: Mapping[str, str],
    *,
    first: str = "sentence1",
    second: str | None = "sentence2",
    ids: Sequence[str] = ("idx", "id"),
) -> Read:
    """Return a reader of rows with the usual columns.

    Args:
        labels: The task's labels.
        official: As in `ClueTask.official_labels`.
        first: Column of the text.
        second: Column of the second text; None for tasks with one text.
        ids: Columns that may hold the id; the row's number is used where there is none.
    """

    def read(row: Row, number: int) -> TextExample:
        return TextExample(
            id=identity(row, ids, number),
            text=text(row, first),
            pair=None if second is None else text(row, second),
            label=position(row.get("label"), labels, official),
        )

    return read


_MARK = "#"
_CHINESE = {"true": "是", "false": "否"}


def read_coreference(row: Row, number: int, labels: Sequence[str]) -> TextExample:
    """Read a row of the hub's copy (`target` with two spans) or of curc's (already marked)."""
    marked, noun = _transformed(row) if "text_a" in row else _marked(row)
    return TextExample(
        id=identity(row, ("idx", "id"), number),
        text=marked,
        pair=noun,
        label=position(row.get("label"), labels, _CHINESE),
    )


def _transformed(row: Row) -> tuple[str, str]:
    marked, noun = text(row, "text_a"), text(row, "text_b")
    if marked.count(_MARK) != 2 or _MARK * 2 in marked:
        raise DatasetError("column 'text_a' has no pronoun between two #")
    if noun not in marked.replace(_MARK, ""):
        raise DatasetError(f"the noun {noun!r:.40} of column 'text_b' is not in column 'text_a'")
    return marked, noun


def _marked(row: Row) -> tuple[str, str]:
    words, target = text(row, "text"), row.get("target")
    if not isinstance(target, Mapping):
        raise DatasetError(f"column 'target' holds {target!r:.40}, not two spans")
    _, _, noun = _span(words, target, "span1")
    start, end, pronoun = _span(words, target, "span2")
    return f"{words[:start]}{_MARK}{pronoun}{_MARK}{words[end:]}", noun


def _span(words: str, target: Row, name: str) -> tuple[int, int, str]:
    covered = validate_text(target.get(f"{name}_text"), f"column 'target', {name}_text")
    start = integer(target, f"{name}_index")
    end = start + len(covered)
    if start < 0 or words[start:end] != covered:
        raise DatasetError(
            f"{name} {covered!r:.40} is not at character {start} of its text of {len(words)}"
            " characters: indices count characters from 0"
        )
    return start, end, covered


SEPARATOR = "，"


def read_keywords(
    row: Row, number: int, labels: Sequence[str], official: Mapping[str, str]
) -> TextExample:
    """Read a row of CSL: the abstract, and the keywords joined by commas as second text."""
    return TextExample(
        id=identity(row, ("idx", "id"), number),
        text=text(row, "abst"),
        pair=SEPARATOR.join(texts(row, "keyword")),
        label=position(row.get("label"), labels, official),
    )
