"""A pair read together, one class or the other by an automatic threshold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from evaluators.clue.modules.cut import Cut
from evaluators.clue.modules.linear import Linear

if TYPE_CHECKING:
    from torch import Tensor

    from evaluators.clue.modules.cut import Search
    from evaluators.clue.training.model import Batch


class Interaction(Linear):
    """The linear head, with p(1) − p(0) cut where it was best in training rather than at 0.

    Args:
        hidden: Width of the states.
        dropout: Rate before the last layer.
        search: How the threshold is found.
    """

    def __init__(self, hidden: int, dropout: float, search: Search) -> None:
        super().__init__(hidden, 2, dropout, pooler=False)
        self.cut = Cut(search)

    def decode(self, logits: Tensor, batch: Batch) -> list[Any]:
        """Return 1 where p(1) − p(0) is above the threshold."""
        return self.cut.decide(_lead(logits))

    def calibrate(self, logits: Tensor, labels: Tensor, metric: str) -> None:
        """Set the threshold."""
        self.cut.calibrate(_lead(logits), labels, metric)


def _lead(logits: Tensor) -> Tensor:
    """Return p(1) − p(0), in −1…1."""
    return (logits[:, 1].double() - logits[:, 0].double()).div(2).tanh()
