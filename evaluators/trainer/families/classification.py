"""Classification of a text or of a pair."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import torch
from torch import Tensor

from evaluators.errors import MethodError
from evaluators.trainer.families.tokens import Tokens, pad, read_texts
from evaluators.trainer.labelled_data import TextExample

if TYPE_CHECKING:
    from evaluators.trainer.families import Reading
    from evaluators.trainer.labelled_data import LabelledDataset


class TextRow(NamedTuple):
    """A text, or a pair, as the encoder reads it."""

    example: int
    label: int
    tokens: Tokens
    pair: Tokens | None

    @property
    def length(self) -> int:
        """Tokens of its longest sequence."""
        return max(len(self.tokens.ids), len(self.pair.ids) if self.pair else 0)


def rows(
    tokenizer: Any,
    dataset: LabelledDataset,
    reading: Reading,
    report: Callable[[int, int], None] | None = None,
) -> list[TextRow]:
    """Return one row for each example.

    Raises:
        MethodError: The head reads the texts of a pair apart, and the examples are single texts.
    """
    examples = cast("tuple[TextExample, ...]", dataset.examples)
    firsts = [example.text for example in examples]
    seconds = [example.pair for example in examples if example.pair is not None]
    if seconds and len(seconds) < len(firsts):
        raise MethodError(
            f"{dataset.task} mixes single texts and pairs: all examples must be one of them"
        )
    separate = reading.layout == "separate"
    if separate and not seconds:
        raise MethodError(
            f"{dataset.task} has single texts, and this head compares the texts of a pair: take"
            " head linear"
        )
    joint = seconds if seconds and not separate else None
    tokens = read_texts(tokenizer, firsts, joint, reading.max_length, report)
    pairs: Sequence[Tokens | None] = [None] * len(firsts)
    if separate:
        pairs = read_texts(tokenizer, seconds, None, reading.max_length, report)
    return [
        TextRow(number, -1 if example.label is None else example.label, text, pair)
        for number, (example, text, pair) in enumerate(zip(examples, tokens, pairs, strict=True))
    ]


def collate(rows: Sequence[TextRow], pad_id: int) -> dict[str, Tensor]:
    """Return a batch."""
    batch = pad([row.tokens for row in rows], pad_id)
    pairs = [row.pair for row in rows if row.pair is not None]
    if pairs:
        batch |= pad(pairs, pad_id, "pair_")
    batch["labels"] = torch.tensor([row.label for row in rows])
    batch["example"] = torch.tensor([row.example for row in rows])
    return batch


def gather(
    dataset: LabelledDataset, rows: Sequence[TextRow], answers: Sequence[int]
) -> tuple[int, ...]:
    """Return the class of each example."""
    predicted = dict(zip((row.example for row in rows), answers, strict=True))
    return tuple(predicted[number] for number in range(len(dataset)))
