"""Unsupervised SimCSE: a sentence beside itself under another dropout mask (arXiv 2104.08821).

The defaults are Su's for Chinese (kexue.fm/archives/8348, github.com/bojone/SimCSE): 10,000
sentences of the task, one epoch, batch 64, dropout 0.3, scale 20, rate 1e-5, every one of the 2 B
vectors against all others. The original English recipe is `two_way: false`, `projection: true`,
`dropout: 0.1`, `rate: 3.0e-5`: one side against the other, through a layer that is dropped after.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evaluators.errors import MethodError
from evaluators.sts_training.methods import Recipe

if TYPE_CHECKING:
    from evaluators.sts_training.methods import Learns, Setup
    from evaluators.sts_training.objective import Objective

LEARNS: Learns = "sentences"


@dataclass(frozen=True)
class Options(Recipe):
    """Options of the method simcse, besides those of every training.

    Attributes:
        sentences: Largest number of training sentences, drawn by the seed.
        scale: Number that cosines are multiplied by, 1 over the temperature.
        two_way: Whether all 2 B vectors of a batch are compared with each other, or each first
            vector with the second ones alone.
        projection: Whether a dense layer and tanh follow the vector in training only.
        duplicates: What a second copy of a sentence in a batch is: a `negative` as any other
            sentence, or `masked`, no negative.
    """

    dropout: float | None = 0.3
    sentences: int = 10_000
    scale: float = 20.0
    two_way: bool = True
    projection: bool = False
    duplicates: Literal["negative", "masked"] = "negative"

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.scale < float("inf"):
            raise MethodError(f"scale must be above 0 and finite, got {self.scale}")
        if self.sentences < self.batch:
            raise MethodError(
                f"sentences must be at least a batch of {self.batch}, got {self.sentences}"
            )


def make(options: Options, setup: Setup) -> Objective:
    """Return the objective.

    Raises:
        MethodError: The encoder has no dropout, so both views would be the same vector.
    """
    from evaluators.sts_training.contrastive import Contrastive, validate_dropout

    validate_dropout("simcse", setup)
    return Contrastive(options, setup.width, head=options.projection)
