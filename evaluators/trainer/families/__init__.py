"""The four families of tasks: from examples to rows of tokens, to batches, and back to answers.

One file a family, found by its name. It says

- `rows(tokenizer, dataset, options, report)`: what the encoder reads; long texts may be several;
- `collate(rows, pad_id)`: a batch on the CPU, with the keys that `evaluators.trainer.heads` lists;
- `gather(dataset, rows, answers)`: one answer an example from one a row.
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
    """How examples become tokens.

    Attributes:
        max_length: Tokens of a sequence, its frame included.
        layout: Whether the texts of a pair are read together or apart.
        stride: Tokens that two windows of one text share.
    """

    max_length: int
    layout: Layout = "joint"
    stride: int = 64


class Row(Protocol):
    """What the encoder reads at once.

    Attributes:
        example: Position of its example in the dataset.
        length: Tokens that it takes in a batch, for batches of like lengths.
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
        """Return what the encoder reads, in the order of the examples."""

    def collate(self, rows: Sequence[Any], pad_id: int) -> dict[str, Tensor]:
        """Return a batch on the CPU."""

    def gather(
        self, dataset: LabelledDataset, rows: Sequence[Any], answers: Sequence[Any]
    ) -> tuple[Any, ...]:
        """Return one answer an example."""


def find(family: Family) -> FamilyCode:
    """Import one family by its name."""
    return cast(FamilyCode, discovery.load(__name__, family))
