"""Multiple choice: the encoder reads each choice with the context and the question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import Tensor

from evaluators.trainer.families.tokens import Tokens, pad, read_texts
from evaluators.trainer.labelled_data import ChoiceExample

if TYPE_CHECKING:
    from evaluators.trainer.families import Reading
    from evaluators.trainer.labelled_data import LabelledDataset


class ChoiceRow(NamedTuple):
    """The sequences of one example, one for each choice."""

    example: int
    label: int
    choices: tuple[Tokens, ...]

    @property
    def length(self) -> int:
        """Tokens of its longest sequence, times the number of sequences."""
        return len(self.choices) * max(len(tokens.ids) for tokens in self.choices)


def rows(
    tokenizer: Any,
    dataset: LabelledDataset,
    reading: Reading,
    report: Callable[[int, int], None] | None = None,
) -> list[ChoiceRow]:
    """Return one row for each example: a sequence of context, question and choice each.

    A context that is too long is cut at its end, as it is the longer text.
    """
    examples = cast("tuple[ChoiceExample, ...]", dataset.examples)
    contexts = [example.context for example in examples for _ in example.choices]
    questions = [
        f"{example.question}{choice}" for example in examples for choice in example.choices
    ]
    tokens = iter(read_texts(tokenizer, contexts, questions, reading.max_length, report))
    return [
        ChoiceRow(
            number,
            -1 if example.answer is None else example.answer,
            tuple(next(tokens) for _ in example.choices),
        )
        for number, example in enumerate(examples)
    ]


def collate(rows: Sequence[ChoiceRow], pad_id: int) -> dict[str, Tensor]:
    """Return a batch; a row with fewer choices repeats its first one, masked in `choices`."""
    width = max(len(row.choices) for row in rows)
    filled = [
        tokens
        for row in rows
        for tokens in (*row.choices, *(width - len(row.choices)) * row.choices[:1])
    ]
    flat = pad(filled, pad_id)
    batch = {key: value.reshape(len(rows), width, -1) for key, value in flat.items()}
    counts = torch.tensor([len(row.choices) for row in rows])
    batch["choices"] = torch.arange(width)[None] < counts[:, None]
    batch["labels"] = torch.tensor([row.label for row in rows])
    batch["example"] = torch.tensor([row.example for row in rows])
    return batch


def gather(
    dataset: LabelledDataset, rows: Sequence[ChoiceRow], answers: Sequence[int]
) -> tuple[int, ...]:
    """Return the choice of each example."""
    predicted = dict(zip((row.example for row in rows), answers, strict=True))
    return tuple(predicted[number] for number in range(len(dataset)))
