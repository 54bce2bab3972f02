"""Pieces of a context that may be an answer: sentences, clauses, and short pieces within them."""

from __future__ import annotations

import re
from typing import NamedTuple

_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_CLAUSE = re.compile(r"[^，,：:。！？!?；;\n]+")
_DIGITS = "0-9０-９一二三四五六七八九十百千萬万億亿"
_SHORT = {
    "date": r"(?:公元前?)?[0-9０-９]{2,4}\s?年(?:代|[0-9０-９]+月(?:[0-9０-９]+日)?)?"
    r"|[0-9０-９]+月[0-9０-９]+日",
    "number": rf"[{_DIGITS}兩两][{_DIGITS}.,，]*[^\s，。、；：！？,.;:!?的在於于是和與与]{{0,2}}",
    "title": r"《[^《》]{1,40}》|[「“][^「」“”]{1,40}[」”]",
    "quoted": r"(?<=[《「“])[^《》「」“”]{1,40}(?=[》」”])",
    "latin": r"[A-Za-z][A-Za-z0-9 .'\-]*[A-Za-z0-9]",
    "item": r"[^，,：:。！？!?；;\n、和與与及]{2,16}",
    "object": r"(?<=[是為为在由於于被叫])[^，,：:。！？!?；;\n]{2,20}",
    "subject": r"(?<![^，,。；\n])[^，,：:。！？!?；;\n]{2,12}?(?=[是為为在由於于被的])",
}
_PATTERNS = {kind: re.compile(pattern) for kind, pattern in _SHORT.items()}
_MOST_CLAUSES = 4


class Candidate(NamedTuple):
    """A piece of a context.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last.
        kind: What made it a candidate.
        sentence: Number of the sentence it is in.
    """

    start: int
    end: int
    kind: str
    sentence: int


def sentences(context: str) -> list[tuple[int, int]]:
    """Return where each sentence starts and ends; the whole context where it has none."""
    found = [match.span() for match in _SENTENCE.finditer(context) if match.group().strip()]
    return found or [(0, len(context))]


def candidates(context: str) -> list[Candidate]:
    """Return the pieces of a context, each once, in order."""
    found: dict[tuple[int, int], Candidate] = {}

    def add(start: int, end: int, kind: str, number: int) -> None:
        while start < end and context[start].isspace():
            start += 1
        while start < end and context[end - 1].isspace():
            end -= 1
        if start < end:
            found.setdefault((start, end), Candidate(start, end, kind, number))

    for number, (start, end) in enumerate(sentences(context)):
        clauses = [match.span() for match in _CLAUSE.finditer(context, start, end)]
        for first in range(len(clauses)):
            for last in range(first, min(first + _MOST_CLAUSES, len(clauses))):
                kind = "clause" if first == last else "clauses"
                add(clauses[first][0], clauses[last][1], kind, number)
        add(start, end, "sentence", number)
        for kind, pattern in _PATTERNS.items():
            for match in pattern.finditer(context, start, end):
                add(*match.span(), kind, number)
    return list(found.values())
