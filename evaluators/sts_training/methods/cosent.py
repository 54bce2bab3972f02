"""CoSENT: more similar pairs of a batch shall have the greater cosines (kexue.fm/archives/8847)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.errors import MethodError
from evaluators.sts_training.methods import Recipe

if TYPE_CHECKING:
    from evaluators.sts_training.methods import Learns, Setup
    from evaluators.sts_training.objective import Objective

LEARNS: Learns = "pairs"


@dataclass(frozen=True)
class Options(Recipe):
    """Options of the method cosent: those of every training, as published.

    Attributes:
        scale: λ, which multiplies differences of cosines.
    """

    epochs: int = 5
    batch: int = 32
    rate: float = 2e-5

    scale: float = 20.0

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.scale < float("inf"):
            raise MethodError(f"scale must be above 0 and finite, got {self.scale}")


def make(options: Options, setup: Setup) -> Objective:
    """Return the objective."""
    from evaluators.sts_training.pairs import OfCosines

    return OfCosines("cosent", scale=options.scale)
