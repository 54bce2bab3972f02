"""Rows of a text and the entities in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from evaluators.clue.examples import Entity, EntityExample
from evaluators.clue.reading.fields import Row, identity, integer, text
from evaluators.clue.task import Read
from evaluators.errors import DatasetError
from evaluators.names import nearest


def reader(types: Sequence[str]) -> Read:
    """Return what reads rows whose entities have inclusive offsets, as CLUENER's have."""

    def read(row: Row, number: int) -> EntityExample:
        words = text(row, "text")
        found = row.get("entities")
        name = identity(row, ("id",), number)
        if found is None:
            return EntityExample(name, words, None)
        if not isinstance(found, list | tuple):
            raise DatasetError(f"column 'entities' holds {found!r:.40}, which is no list")
        entities = [_entity(one, words, types) for one in found]
        for one in entities:
            if entities.count(one) > 1:
                raise DatasetError(f"the entity {one} stands there twice: remove one of them")
        return EntityExample(
            name, words, tuple(sorted(entities, key=lambda one: (one.start, one.end, one.type)))
        )

    return read


def _entity(found: Any, words: str, types: Sequence[str]) -> Entity:
    if not isinstance(found, Mapping):
        raise DatasetError(f"column 'entities' holds {found!r:.40}, not type, text, start, end")
    kind = found.get("type")
    if kind not in types:
        raise DatasetError(f"unknown entity type {kind!r:.40}{nearest(str(kind), types)}")
    start, last = integer(found, "start"), integer(found, "end")
    if not 0 <= start <= last < len(words):
        raise DatasetError(
            f"the {kind} at {start} to {last} is outside its text of {len(words)} characters"
        )
    covered = words[start : last + 1]
    if found.get("text") is not None and found["text"] != covered:
        raise DatasetError(
            f"the {kind} at {start} to {last} covers {covered!r:.40}, not {found['text']!r:.40}: "
            "offsets count characters from 0 and include the last one"
        )
    return Entity(str(kind), start, last + 1)
