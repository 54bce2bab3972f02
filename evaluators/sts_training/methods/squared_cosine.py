"""Push cosines to 1 and 0, t(1 − cos)² + (1 − t)cos² (kexue.fm/archives/8847)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.sts_training.methods import Recipe

if TYPE_CHECKING:
    from evaluators.sts_training.methods import Learns, Setup
    from evaluators.sts_training.objective import Objective

LEARNS: Learns = "pairs"


@dataclass(frozen=True)
class Options(Recipe):
    """Options of the method squared-cosine: those of every training, as published."""

    epochs: int = 5
    batch: int = 32
    rate: float = 2e-5


def make(options: Options, setup: Setup) -> Objective:
    """Return the objective."""
    from evaluators.sts_training.pairs import OfCosines

    return OfCosines("squared-cosine")
