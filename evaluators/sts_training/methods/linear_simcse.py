"""A linear layer on the frozen encoder, trained with SimCSE's loss (kexue.fm/archives/8348).

The encoder's dropout makes the two views, but its weights stay; the layer starts as the identity
and is part of the vectors that are scored. Whitening is such a layer too, fitted in closed form.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.sts_training.methods import simcse

if TYPE_CHECKING:
    from evaluators.sts_training.methods import Learns, Setup
    from evaluators.sts_training.objective import Objective

LEARNS: Learns = "sentences"


@dataclass(frozen=True)
class Options(simcse.Options):
    """Options of the method linear-simcse: those of `simcse`, a larger rate for one layer."""

    rate: float = 1e-3
    epochs: int = 5


def make(options: Options, setup: Setup) -> Objective:
    """Return the objective.

    Raises:
        MethodError: The encoder has no dropout.
    """
    from evaluators.sts_training.contrastive import Contrastive, validate_dropout

    validate_dropout("linear-simcse", setup)
    objective = Contrastive(options, setup.width, head=options.projection, linear=True)
    objective.frozen = True
    return objective
