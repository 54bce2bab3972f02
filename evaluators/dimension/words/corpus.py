"""A text, as the sweep of word vectors is handed it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Corpus:
    """Documents in the order of the text.

    Attributes:
        name: Its name in a plan.
        documents: Lines, paragraphs or docstrings; none empty, none with a line break.
        digest: SHA-256 of the documents joined by line breaks, in hexadecimal.
        source: Where it comes from, without any machine's path.
        language: ISO 639 code where known.
        licence: Its licence where known.
    """

    name: str
    documents: tuple[str, ...]
    digest: str
    source: str
    language: str | None = None
    licence: str | None = None
