"""Rows of CSL: an abstract, and keywords that are all its own or partly made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.clue.examples import TextExample
from evaluators.clue.reading.fields import Row, identity, text, texts
from evaluators.clue.reading.labels import position

SEPARATOR = "，"


def read(row: Row, number: int, labels: Sequence[str], official: Mapping[str, str]) -> TextExample:
    """Return the abstract, and the keywords in one text with commas between them."""
    return TextExample(
        id=identity(row, ("idx", "id"), number),
        text=text(row, "abst"),
        pair=SEPARATOR.join(texts(row, "keyword")),
        label=position(row.get("label"), labels, official),
    )
