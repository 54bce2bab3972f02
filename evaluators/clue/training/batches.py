"""Rows of a data set as batches on the device, within the memory there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from evaluators.clue.families import FamilyCode, Reading, find
from evaluators.errors import TrainingError

if TYPE_CHECKING:
    from evaluators.clue.dataset import ClueDataset
    from evaluators.clue.families.tokens import Report


class Rows:
    """The rows of a data set, read once.

    Attributes:
        dataset: Where they are from.
        rows: What the encoder reads, in the order of the examples.
        lengths: Tokens that each takes in a batch.
    """

    def __init__(
        self,
        dataset: ClueDataset,
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
        made = self._code.collate([self.rows[place] for place in places], self._pad_id)
        return {key: value.to(self._device) for key, value in made.items()}

    def gather(self, answers: Sequence[Any]) -> tuple[Any, ...]:
        """Return one answer an example from one a row."""
        return self._code.gather(self.dataset, self.rows, answers)


class InOrder:
    """Batches of all rows in their order, as often as they are asked for."""

    def __init__(self, rows: Rows, size: int) -> None:
        self._rows, self._size = rows, size

    def __iter__(self) -> Iterator[dict[str, Tensor]]:
        for start in range(0, len(self._rows), self._size):
            yield self._rows.batch(range(start, min(start + self._size, len(self._rows))))


class Fitting:
    """How many rows are computed at once; memory running out halves it.

    Attributes:
        rows: The most there may be now.
        halvings: How often memory ran out.
    """

    def __init__(self, rows: int, halvings: int = 0) -> None:
        self.rows = rows
        self.halvings = halvings

    def halve(self, error: BaseException, tried: int) -> None:
        """Make room, or raise what was no lack of memory.

        Args:
            error: What was raised.
            tried: How many rows were computed then, at most `rows`.

        Raises:
            TrainingError: One row is too many.
        """
        from evaluators.sts.schedule import is_out_of_memory

        if not is_out_of_memory(error):
            raise error
        if tried == 1:
            raise TrainingError(
                "memory does not hold one row: lower max_length, or take a machine with more memory"
            ) from error
        self.rows = tried // 2
        self.halvings += 1
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def pieces(self, places: Sequence[int]) -> list[Sequence[int]]:
        """Return the rows of one step in pieces that fit."""
        return [places[i : i + self.rows] for i in range(0, len(places), self.rows)]
