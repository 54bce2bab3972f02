"""What is wrong with the entities of one line of a submission."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from evaluators.names import nearest

if TYPE_CHECKING:
    from evaluators.clue.examples import EntityExample
    from evaluators.clue.task import ClueTask


def entity_problems(task: ClueTask, said: Any, example: EntityExample | None) -> Iterator[str]:
    """Tell what is wrong with type → text → [[start, end]]; without the text, less."""
    if not isinstance(said, dict):
        yield f"the label {said!r:.40} is not type → text → [[start, end]]"
        return
    for kind, texts in said.items():
        if kind not in task.labels:
            yield f"unknown entity type {kind!r:.40}{nearest(kind, task.labels)}"
        if not isinstance(texts, dict):
            yield f"under {kind!r:.40} stands {texts!r:.40}, not text → [[start, end]]"
            continue
        for covered, places in texts.items():
            yield from _of_places(kind, covered, places, example)


def _of_places(
    kind: str, covered: str, places: Any, example: EntityExample | None
) -> Iterator[str]:
    if not isinstance(places, list) or not places:
        yield f"{kind} {covered!r:.40} has no places [[start, end]]"
        return
    for place in places:
        pair = isinstance(place, list) and len(place) == 2
        if not pair or not all(isinstance(at, int) and not isinstance(at, bool) for at in place):
            yield f"{kind} {covered!r:.40}: {place!r:.40} is not [start, end]"
        elif not 0 <= place[0] <= place[1]:
            yield f"{kind} {covered!r:.40}: {place} is no place, ends include the last character"
        elif example is not None and place[1] >= len(example.text):
            yield f"{kind} {covered!r:.40}: {place} is outside its {len(example.text)} characters"
        elif example is not None and example.text[place[0] : place[1] + 1] != covered:
            found = example.text[place[0] : place[1] + 1]
            yield f"{kind} {covered!r:.40}: at {place} stands {found!r:.40}"
