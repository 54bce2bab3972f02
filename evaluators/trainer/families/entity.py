"""Entity recognition: windows of a text, and the entities in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.errors import MethodError
from evaluators.trainer.families.tokens import Tokens, covering, pad, pad_array, read_windows
from evaluators.trainer.labelled_data import Entity, EntityExample

if TYPE_CHECKING:
    from evaluators.trainer.families import Reading
    from evaluators.trainer.labelled_data import LabelledDataset


class EntityRow(NamedTuple):
    """One window of a text.

    Attributes:
        example: Position of its example.
        tokens: The tokens that the encoder reads.
        inside: Which tokens belong to the text.
        offsets: Start and end of each token in the text, in characters, shape (L, 2).
        entities: Type, first and last token of each entity that lies entirely in it, shape (E, 3).
        owned: Range of characters whose entities are taken from this window; where two windows
            overlap, each has half of the overlap.
    """

    example: int
    tokens: Tokens
    inside: NDArray[np.bool_]
    offsets: NDArray[np.int32]
    entities: NDArray[np.int32]
    owned: tuple[int, int]

    @property
    def length(self) -> int:
        """Tokens of the window."""
        return len(self.tokens.ids)


def rows(
    tokenizer: Any,
    dataset: LabelledDataset,
    reading: Reading,
    report: Callable[[int, int], None] | None = None,
) -> list[EntityRow]:
    """Return one row for each window; most texts have one window.

    Raises:
        CheckpointError: The tokenizer gives no offsets.
        MethodError: An entity is longer than a sequence.
    """
    examples = cast("tuple[EntityExample, ...]", dataset.examples)
    room = reading.max_length - tokenizer.num_special_tokens_to_add()
    windows = read_windows(
        tokenizer,
        [example.text for example in examples],
        None,
        reading.max_length,
        min(reading.stride, room // 2),
        report,
    )
    type_number = {label: place for place, label in enumerate(dataset.labels)}
    rows_found = []
    uncovered = {
        (position, entity)
        for position, example in enumerate(examples)
        for entity in example.entities or ()
    }
    for place, window in enumerate(windows):
        example = examples[window.text]
        targets = []
        for entity in example.entities or ():
            over = covering(window, entity.start, entity.end)
            if over is not None:
                targets.append((type_number[entity.type], *over))
                uncovered.discard((window.text, entity))
        before = _limits(windows, place - 1, window.text)
        after = _limits(windows, place + 1, window.text)
        first, last = _limits(windows, place, window.text) or (0, 0)
        owned = (
            0 if before is None else (first + before[1]) // 2,
            len(example.text) + 1 if after is None else (after[0] + last) // 2,
        )
        rows_found.append(
            EntityRow(
                window.text,
                window.tokens,
                window.inside,
                window.offsets,
                np.array(targets, dtype=np.int32).reshape(-1, 3),
                owned,
            )
        )
    for place, entity in sorted(uncovered):
        _validate_room(tokenizer, examples[place], entity, room)
    return rows_found


def collate(rows: Sequence[EntityRow], pad_id: int) -> dict[str, Tensor]:
    """Return a batch."""
    return {
        **pad([row.tokens for row in rows], pad_id),
        "tokens": pad_array([row.inside for row in rows]),
        "offsets": pad_array([row.offsets for row in rows]),
        "entities": pad_array([row.entities for row in rows], fill=-1),
        "example": torch.tensor([row.example for row in rows]),
    }


def gather(
    dataset: LabelledDataset, rows: Sequence[EntityRow], answers: Sequence[tuple[Entity, ...]]
) -> tuple[tuple[Entity, ...], ...]:
    """Return the entities of each example, each taken from the window that owns its start."""
    by_example: list[set[Entity]] = [set() for _ in range(len(dataset))]
    for row, entities in zip(rows, answers, strict=True):
        start, end = row.owned
        by_example[row.example].update(entity for entity in entities if start <= entity.start < end)
    return tuple(
        tuple(sorted(entities, key=lambda entity: (entity.start, entity.end, entity.type)))
        for entities in by_example
    )


def _validate_room(tokenizer: Any, example: EntityExample, entity: Entity, room: int) -> None:
    covered = example.text[entity.start : entity.end]
    tokens = len(tokenizer.encode(covered, add_special_tokens=False))
    if tokens > room:
        raise MethodError(
            f"example {example.id!r}: the {entity.type} {covered!r:.40} has {tokens} tokens, and"
            f" only {room} fit into a sequence: set max_length higher"
        )


def _limits(windows: Sequence[Any], place: int, text: int) -> tuple[int, int] | None:
    """Return first and last character of a window, None where it belongs to another text."""
    if not 0 <= place < len(windows) or windows[place].text != text:
        return None
    offsets = windows[place].offsets[windows[place].inside]
    return (int(offsets[0, 0]), int(offsets[-1, 1])) if len(offsets) else None
