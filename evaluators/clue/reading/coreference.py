"""Rows of CLUEWSC: a text with a pronoun, and what it may refer to.

Whatever a copy looks like, the text comes with the pronoun between two #, and the noun as the
second text.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.clue.examples import TextExample
from evaluators.clue.reading.fields import Row, demand_text, identity, integer, text
from evaluators.clue.reading.labels import position
from evaluators.errors import DatasetError

_MARK = "#"
_CHINESE = {"true": "是", "false": "否"}


def read(row: Row, number: int, labels: Sequence[str]) -> TextExample:
    """Read a row of the hub's copy (`target` with two spans) or of curc's (the # are there)."""
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
    covered = demand_text(target.get(f"{name}_text"), f"column 'target', {name}_text")
    start = integer(target, f"{name}_index")
    end = start + len(covered)
    if start < 0 or words[start:end] != covered:
        raise DatasetError(
            f"{name} {covered!r:.40} does not stand at {start} of its text of {len(words)} "
            "characters: indices count characters from 0"
        )
    return start, end, covered
