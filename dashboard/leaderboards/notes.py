"""Say the notes of a board in the reader's language, as far as the catalogue has them."""

from __future__ import annotations

import re

from dashboard.language import sentences, t

_END = re.compile(r"(?<=\.) (?=[A-Z0-9])")


def sentences_of(notes: object) -> list[str]:
    """Return the sentences of a board's notes; none where it has no notes."""
    return _END.split(notes) if isinstance(notes, str) and notes else []


def in_words(notes: object) -> str:
    """Return notes in the reader's language; those of an imported board stay as they were."""
    return sentences(*map(t, sentences_of(notes)))


def source_in_words(source: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return where a board's numbers are from, labels and values, in the reader's language."""
    return [(t(label), in_words(value) if label == "notes" else value) for label, value in source]
