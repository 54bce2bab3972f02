"""Span extraction: a question, and windows of the context that may hold its answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from evaluators.errors import CheckpointError
from evaluators.trainer.families.tokens import (
    Tokens,
    Window,
    covering,
    pad,
    pad_array,
    read_windows,
)
from evaluators.trainer.labelled_data import SpanExample

if TYPE_CHECKING:
    from evaluators.trainer.families import Reading
    from evaluators.trainer.labelled_data import LabelledDataset
    from evaluators.trainer.modules.layers import SpanGuess


class SpanRow(NamedTuple):
    """A question and one window of its context; start and end are tokens, 0 for no answer here."""

    example: int
    tokens: Tokens
    inside: NDArray[np.bool_]
    offsets: NDArray[np.int32]
    start: int
    end: int

    @property
    def length(self) -> int:
        """Tokens of the window."""
        return len(self.tokens.ids)


def rows(
    tokenizer: Any,
    dataset: LabelledDataset,
    reading: Reading,
    report: Callable[[int, int], None] | None = None,
) -> list[SpanRow]:
    """Return one row for each window.

    The target of an answer that occurs several times is its first place, in every window that
    holds it entirely: published offsets are partly wrong and are not read.

    Raises:
        CheckpointError: The tokenizer gives no offsets, or windows have no room for a context.
    """
    examples = cast("tuple[SpanExample, ...]", dataset.examples)
    room = reading.max_length - tokenizer.num_special_tokens_to_add(pair=True)
    if room < 8:
        raise CheckpointError(
            f"max_length {reading.max_length} leaves {room} tokens for a question and its context:"
            " at least 64 are needed"
        )
    questions = _cut(tokenizer, [example.question for example in examples], room // 2)
    # Windows must advance, so they share less than a question of that length leaves of a sequence.
    stride = min(reading.stride, (room - room // 2) // 2)
    windows = read_windows(
        tokenizer,
        [example.context for example in examples],
        questions,
        reading.max_length,
        stride,
        report,
    )
    answered = []
    for window in windows:
        start, end = _target(examples[window.text], window) or (0, 0)
        answered.append(
            SpanRow(window.text, window.tokens, window.inside, window.offsets, start, end)
        )
    return answered


def collate(rows: Sequence[SpanRow], pad_id: int) -> dict[str, Tensor]:
    """Return a batch."""
    return {
        **pad([row.tokens for row in rows], pad_id),
        "context": pad_array([row.inside for row in rows]),
        "offsets": pad_array([row.offsets for row in rows]),
        "starts": torch.tensor([row.start for row in rows]),
        "ends": torch.tensor([row.end for row in rows]),
        "example": torch.tensor([row.example for row in rows]),
    }


def gather(
    dataset: LabelledDataset, rows: Sequence[SpanRow], answers: Sequence[SpanGuess]
) -> tuple[str, ...]:
    """Return each example's best span over all its windows, as text of the context."""
    best: dict[int, SpanGuess] = {}
    for row, guess in zip(rows, answers, strict=True):
        if guess.score > -np.inf and (
            row.example not in best or guess.score > best[row.example].score
        ):
            best[row.example] = guess
    examples = cast("tuple[SpanExample, ...]", dataset.examples)
    return tuple(
        example.context[best[place].start : best[place].end] if place in best else ""
        for place, example in enumerate(examples)
    )


def _target(example: SpanExample, window: Window) -> tuple[int, int] | None:
    for answer in example.answers:
        start = example.context.find(answer)
        if answer and start >= 0:
            return covering(window, start, start + len(answer))
    return None


def _cut(tokenizer: Any, questions: Sequence[str], max_tokens: int) -> list[str]:
    """Cut questions to a number of tokens, so that a window has room for its context."""
    encoded = tokenizer(
        list(questions),
        add_special_tokens=False,
        truncation=True,
        max_length=max_tokens,
        return_offsets_mapping=True,
    )
    return [
        question[: offsets[-1][1]] if offsets else question
        for question, offsets in zip(questions, encoded["offset_mapping"], strict=True)
    ]
