"""A threshold that a head sets on its training set, so that two classes come out of a score."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from evaluators.clue.threshold import SEARCHES, Metric
from evaluators.errors import MethodError

if TYPE_CHECKING:
    from typing import Literal

    Search = Literal["exact", "powell"]


class Cut(nn.Module):
    """The automatic threshold (kexue.fm/archives/8860): the cut that was best where it was set.

    Args:
        search: `exact`, or `powell` as published.
    """

    value: Tensor

    def __init__(self, search: Search) -> None:
        super().__init__()
        self.search = search
        self.register_buffer("value", torch.full((), torch.nan, dtype=torch.float64))

    def calibrate(self, scores: Tensor, labels: Tensor, metric: str) -> None:
        """Set the threshold to what is best on these scores.

        Raises:
            MethodError: There is nothing to set it by.
            ScoreError: A score is not finite.
        """
        chosen: Metric = "f1" if "f1" in metric else "accuracy"
        found = SEARCHES[self.search](scores.detach().double().cpu(), labels.cpu(), chosen)
        self.value.fill_(found.value)

    def decide(self, scores: Tensor) -> list[int]:
        """Return 1 for scores above the threshold, 0 for the others.

        Raises:
            MethodError: It was never set.
        """
        if bool(self.value.isnan()):
            raise MethodError("the threshold was never set: a head is calibrated after an epoch")
        return [int(above) for above in (scores.double() > self.value).cpu()]


def demand_two(labels: tuple[str, ...], head: str) -> None:
    """Refuse tasks that a threshold cannot decide.

    Raises:
        MethodError: There are not two classes.
    """
    if len(labels) != 2:
        raise MethodError(
            f"head {head} parts two classes by one threshold, and there are {len(labels)}: take"
            " the head linear"
        )
