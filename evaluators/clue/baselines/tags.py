"""Entities written as one tag a character (BIOES), and read back by Viterbi's algorithm."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from evaluators.clue.examples import Entity

_BEGIN, _INSIDE, _END, _SINGLE = range(4)


class Tags:
    """The tags of some entity types: 0 is outside, then begin, inside, end, single of each type."""

    def __init__(self, types: Sequence[str]) -> None:
        self.types = tuple(types)
        tags = np.arange(len(self))
        part = (tags - 1) % 4
        self._allowed = self._transitions()
        self._first = _barred((tags > 0) & np.isin(part, (_INSIDE, _END)))
        self._last = _barred((tags > 0) & np.isin(part, (_BEGIN, _INSIDE)))

    def __len__(self) -> int:
        return 1 + 4 * len(self.types)

    def written(self, length: int, entities: Iterable[Entity]) -> NDArray[np.int64]:
        """Return the tags of a text, shape (characters,); of two that overlap the longer one."""
        tags = np.zeros(length, dtype=np.int64)
        for one in sorted(entities, key=lambda one: (one.start - one.end, one.start, one.type)):
            if tags[one.start : one.end].any():
                continue
            base = 1 + 4 * self.types.index(one.type)
            if one.end - one.start == 1:
                tags[one.start] = base + _SINGLE
            else:
                tags[one.start : one.end] = base + _INSIDE
                tags[one.start] = base + _BEGIN
                tags[one.end - 1] = base + _END
        return tags

    def best_path(
        self, scores: NDArray[np.float32], follows: NDArray[np.float32] | None = None
    ) -> list[int]:
        """Return the best sequence of tags that entities can be read from (Viterbi).

        Args:
            scores: Of each tag of each character, which are added up, shape (characters, tags).
            follows: Added for each tag and the next one, shape (tags, tags).
        """
        length = len(scores)
        steps = self._allowed if follows is None else self._allowed + follows
        best = scores[0] + self._first
        came = np.zeros((length, len(self)), dtype=np.int64)
        for place in range(1, length):
            reached = best[:, None] + steps
            came[place] = reached.argmax(axis=0)
            best = reached.max(axis=0) + scores[place]
        tag = int((best + self._last).argmax())
        path = [tag]
        for place in range(length - 1, 0, -1):
            tag = int(came[place, tag])
            path.append(tag)
        return path[::-1]

    def entities(self, path: Sequence[int]) -> tuple[Entity, ...]:
        """Return the entities that a sequence of tags writes."""
        found, start = [], 0
        for place, tag in enumerate(path):
            kind, part = divmod(tag - 1, 4)
            if tag and part in (_BEGIN, _SINGLE):
                start = place
            if tag and part in (_END, _SINGLE):
                found.append(Entity(self.types[kind], start, place + 1))
        return tuple(found)

    def _transitions(self) -> NDArray[np.float32]:
        """Return 0 where one tag may follow another and -inf elsewhere, shape (from, to)."""
        tags = np.arange(len(self))
        kind, part = (tags - 1) // 4, (tags - 1) % 4
        open_ = (tags > 0) & np.isin(part, (_BEGIN, _INSIDE))
        goes_on = (tags > 0) & np.isin(part, (_INSIDE, _END))
        same = kind[:, None] == kind[None, :]
        fits = np.where(open_[:, None], goes_on[None, :] & same, ~goes_on[None, :])
        return _barred(~fits)


def _barred(which: NDArray[np.bool_]) -> NDArray[np.float32]:
    return np.where(which, np.float32(-np.inf), np.float32(0))
