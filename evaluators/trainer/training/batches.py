"""Split rows into training parts, and into batches of similar lengths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from evaluators.errors import TrainingError
from evaluators.trainer.families import FamilyCode, Reading, find
from evaluators.trainer.labelled_data import (
    ChoiceExample,
    Example,
    LabelledDataset,
    SpanExample,
    TextExample,
    TripleExample,
)

if TYPE_CHECKING:
    from evaluators.progress import Report


# Streams of one seed, so that draws for one purpose do not change those for another.
_CUT, _HELD_OUT, _ORDER = range(3)
_WINDOW = 32  # batches whose rows are sorted by length together, at most
_LEAST_WINDOWS = 8


class Parts(NamedTuple):
    """A training set and its held-out part."""

    fit: LabelledDataset
    held_out: LabelledDataset | None


def cut(dataset: LabelledDataset, max_examples: int | None, seed: int) -> LabelledDataset:
    """Draw at most a number of examples by the seed; they keep their order."""
    if max_examples is None or max_examples >= len(dataset):
        return dataset
    drawn = np.sort(np.random.default_rng([seed, _CUT]).permutation(len(dataset))[:max_examples])
    return replace(dataset, examples=tuple(dataset.examples[i] for i in drawn))


def hold_out(dataset: LabelledDataset, share: float, seed: int) -> Parts:
    """Hold out a share of the examples; all examples about one text stay together.

    A dialogue of C3 has several questions: were one held out and another trained on, the choice
    of the epoch would reward remembering the dialogue.

    Args:
        dataset: The training set.
        share: Share of the examples that is held out; 0 holds out none.
        seed: Seed of the draw.

    Raises:
        TrainingError: One of the sides would be empty.
    """
    if share == 0:
        return Parts(dataset, None)
    places: dict[str, list[int]] = {}
    for place, example in enumerate(dataset.examples):
        places.setdefault(_text(example), []).append(place)
    groups = list(places.values())
    target = max(1, round(share * len(dataset)))
    held: set[int] = set()
    for group in np.random.default_rng([seed, _HELD_OUT]).permutation(len(groups)):
        if len(held) >= target:
            break
        held.update(groups[group])
    if len(held) == len(dataset):
        raise TrainingError(
            f"{dataset.task}/{dataset.split} has {len(dataset)} examples about {len(groups)}"
            " texts: none is left to train on beside a held-out part. Take selection: last"
        )

    def side(is_held: bool) -> LabelledDataset:
        return replace(
            dataset,
            examples=tuple(
                member for i, member in enumerate(dataset.examples) if (i in held) is is_held
            ),
        )

    return Parts(side(False), side(True))


def ordered(lengths: list[int], batch: int, seed: int, epoch: int) -> list[list[int]]:
    """Return the shuffled batches of an epoch, rows of similar lengths together.

    Rows are shuffled, sorted by length within windows of some batches, and the batches shuffled:
    that means less padding, and yet different batches in every epoch. A small set, whose few
    batches would be the same each time, is only shuffled.
    """
    rng = np.random.default_rng([seed, _ORDER, epoch])
    order = rng.permutation(len(lengths)).tolist()
    window = batch * min(_WINDOW, len(order) // batch // _LEAST_WINDOWS)
    if window > batch:
        order = [
            place
            for start in range(0, len(order), window)
            for place in sorted(order[start : start + window], key=lengths.__getitem__)
        ]
    batches = [order[start : start + batch] for start in range(0, len(order), batch)]
    return [batches[i] for i in rng.permutation(len(batches))]


def _text(example: Example) -> str:
    if isinstance(example, ChoiceExample | SpanExample):
        return example.context
    if isinstance(example, TripleExample):
        return example.question
    return (
        f"{example.text}\n{example.pair or ''}"
        if isinstance(example, TextExample)
        else (example.text)
    )


class Rows:
    """The rows of a data set, read once.

    Attributes:
        dataset: The data set.
        rows: What the encoder reads, in the order of the examples.
        lengths: Number of tokens of each row in a batch.
    """

    def __init__(
        self,
        dataset: LabelledDataset,
        tokenizer: Any,
        reading: Reading,
        device: torch.device,
        report: Report | None = None,
    ) -> None:
        self.dataset = dataset
        self._code: FamilyCode = find(dataset.family)
        self._pad_id = int(tokenizer.pad_token_id or 0)
        self._device = device
        self.rows: list[Any] = self._code.rows(tokenizer, dataset, reading, report)
        self.lengths = [row.length for row in self.rows]

    def __len__(self) -> int:
        return len(self.rows)

    def batch(self, places: Sequence[int]) -> dict[str, Tensor]:
        """Return some rows as a batch on the device."""
        tensors = self._code.collate([self.rows[place] for place in places], self._pad_id)
        return {key: value.to(self._device) for key, value in tensors.items()}

    def gather(self, answers: Sequence[Any]) -> tuple[Any, ...]:
        """Return one answer for each example, from one for each row."""
        return self._code.gather(self.dataset, self.rows, answers)


class InOrder:
    """Batches of all rows in their order; can be iterated many times."""

    def __init__(self, rows: Rows, size: int) -> None:
        self._rows, self._size = rows, size

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        for start in range(0, len(self._rows), self._size):
            yield self._rows.batch(range(start, min(start + self._size, len(self._rows))))


class Fitting:
    """Number of rows computed at once; it is halved when memory runs out.

    Attributes:
        rows: The current maximum.
        halvings: How often memory ran out.
    """

    def __init__(self, rows: int, halvings: int = 0) -> None:
        self.rows = rows
        self.halvings = halvings

    def halve(self, error: BaseException, tried: int) -> None:
        """Halve the number of rows, or raise the error again if memory did not run out.

        Args:
            error: The error that was raised.
            tried: Number of rows that were computed at once, at most `rows`.

        Raises:
            TrainingError: Memory does not hold one row.
        """
        from evaluators.sts.schedule import is_out_of_memory

        if not is_out_of_memory(error):
            raise error
        if tried == 1:
            raise TrainingError(
                "one row does not fit into memory: lower max_length, or take a machine with more"
                " memory"
            ) from error
        self.rows = tried // 2
        self.halvings += 1
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def pieces(self, places: Sequence[int]) -> list[Sequence[int]]:
        """Split the rows of one step into pieces that fit into memory."""
        return [places[i : i + self.rows] for i in range(0, len(places), self.rows)]
