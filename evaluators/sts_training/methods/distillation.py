"""Distil the similarities of the checkpoint into its first layers (kexue.fm/archives/8454).

RoFormer-Sim keeps SimBERT's retrieval by λ/n² Σ (cos(u_i, u_j) − cos(v_i, v_j))² over a batch of
sentences. Here the teacher is the checkpoint as it is, the student its first layers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.errors import MethodError
from evaluators.sts_training.methods import Recipe

if TYPE_CHECKING:
    from evaluators.sts_training.methods import Learns, Setup
    from evaluators.sts_training.objective import Objective

LEARNS: Learns = "sentences"


@dataclass(frozen=True)
class Options(Recipe):
    """Options of the method distillation, besides those of every training.

    Attributes:
        layers: Number of layers that the student keeps; None takes half of them, rounded up.
        scale: λ.
        sentences: Largest number of training sentences, drawn by the seed.
    """

    rate: float = 5e-5
    epochs: int = 3
    layers: int | None = None
    scale: float = 100.0
    sentences: int = 10_000

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 < self.scale < float("inf"):
            raise MethodError(f"scale must be above 0 and finite, got {self.scale}")
        if self.layers is not None and self.layers < 1:
            raise MethodError(f"layers must be at least 1, got {self.layers}")


def make(options: Options, setup: Setup) -> Objective:
    """Return the objective.

    Raises:
        MethodError: The encoder has fewer layers than the student shall keep.
    """
    from evaluators.sts_training.pairs import Distillation

    layers = (setup.layers + 1) // 2 if options.layers is None else options.layers
    if layers > setup.layers:
        raise MethodError(f"layers must be at most the encoder's {setup.layers}, got {layers}")
    return Distillation(options.scale, layers)
