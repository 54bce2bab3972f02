"""One head over two label sets, matching and inference, masked by task (kexue.fm/archives/8541).

RoFormer-Sim-FT trains Sentence-BERT's head on pairs with matching labels and on pairs of natural
language inference at once; a pair's probabilities are over its own task's classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.sts_training.methods import Recipe

if TYPE_CHECKING:
    from evaluators.sts_training.methods import Learns, Setup
    from evaluators.sts_training.objective import Objective

LEARNS: Learns = "two-label-sets"
NLI_CLASSES = 3


@dataclass(frozen=True)
class Options(Recipe):
    """Options of the method joint: those of every training."""

    epochs: int = 5
    batch: int = 32
    rate: float = 2e-5
    weight_decay: float = 0.01


def make(options: Options, setup: Setup) -> Objective:
    """Return the objective."""
    from evaluators.sts_training.pairs import Classes

    return Classes(setup.width, setup.classes + NLI_CLASSES)
