"""Sentence-BERT: classes of [u; v; |u − v|] in training, the cosine after it (arXiv 1908.10084).

Grades are rounded to whole ones, as in github.com/bojone/CoSENT; a task of two classes has two.
"""

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
    """Options of the method sbert: those of every training, as published."""

    epochs: int = 5
    batch: int = 32
    rate: float = 2e-5


def make(options: Options, setup: Setup) -> Objective:
    """Return the objective."""
    from evaluators.sts_training.pairs import Classes

    return Classes(setup.width, setup.classes)
