"""The four families of tasks: examples to rows of tokens, to batches, and back to answers.

One file for each family, found by its name. It defines

- `rows(tokenizer, dataset, reading, report)`: what the encoder reads; a long text may be several
  rows;
- `collate(rows, pad_id)`: a batch on the CPU, with the keys that `evaluators.trainer.heads` lists;
- `gather(dataset, rows, answers)`: one answer for each example, from one for each row.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, cast

from evaluators import discovery
from evaluators.trainer.labelled_data import Family, LabelledDataset

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.trainer.heads import Layout


@dataclass(frozen=True)
class Reading:
    """Settings of the tokenisation of examples.

    Attributes:
        max_length: Tokens of a sequence, special tokens included.
        layout: Whether the texts of a pair are read together or apart.
        stride: Tokens that two neighbouring windows of one text share.
    """

    max_length: int
    layout: Layout = "joint"
    stride: int = 64


class Row(Protocol):
    """The sequences that the encoder reads for one example, or for one window of it.

    Attributes:
        example: Position of its example in the dataset.
        length: Tokens that it takes in a batch, for batches of similar lengths.
    """

    @property
    def example(self) -> int: ...  # noqa: D102 (described above)

    @property
    def length(self) -> int: ...  # noqa: D102


class FamilyCode(Protocol):
    """The shape of every module in this folder."""

    def rows(
        self,
        tokenizer: Any,
        dataset: LabelledDataset,
        reading: Reading,
        report: Callable[[int, int], None] | None = None,
    ) -> list[Any]:
        """Return the rows that the encoder reads, in the order of the examples."""

    def collate(self, rows: Sequence[Any], pad_id: int) -> dict[str, Tensor]:
        """Return a batch on the CPU."""

    def gather(
        self, dataset: LabelledDataset, rows: Sequence[Any], answers: Sequence[Any]
    ) -> tuple[Any, ...]:
        """Return one answer for each example."""


def find(family: Family) -> FamilyCode:
    """Import one family by its name."""
    return cast(FamilyCode, discovery.load(__name__, family))
