"""Entities by looking them up among those of the training set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from evaluators.clue.examples import Entity, EntityExample


def entity_dictionary(examples: Sequence[EntityExample]) -> dict[str, str]:
    """Return the commonest type of each string that is an entity at least every second time.

    Args:
        examples: Labelled texts.
    """
    types: dict[str, Counter[str]] = {}
    for example in examples:
        for entity in example.entities or ():
            covered = example.text[entity.start : entity.end]
            types.setdefault(covered, Counter())[entity.type] += 1
    lengths = sorted({len(covered) for covered in types})
    seen: Counter[str] = Counter()
    for example in examples:
        for length in lengths:
            for start in range(len(example.text) - length + 1):
                piece = example.text[start : start + length]
                if piece in types:
                    seen[piece] += 1
    return {
        covered: min((-count, kind) for kind, count in kinds.items())[1]
        for covered, kinds in types.items()
        if 2 * sum(kinds.values()) >= seen[covered]
    }


def look_up(text: str, known: Mapping[str, str]) -> tuple[Entity, ...]:
    """Return the known strings in a text, longest first from the left, none over another."""
    longest = max(map(len, known), default=0)
    found, start = [], 0
    while start < len(text):
        for length in range(min(longest, len(text) - start), 0, -1):
            kind = known.get(text[start : start + length])
            if kind is not None:
                found.append(Entity(kind, start, start + length))
                start += length
                break
        else:
            start += 1
    return tuple(found)
