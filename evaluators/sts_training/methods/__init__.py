"""Ways of training sentence vectors: one file each, found by its name.

A file `cosent.py` holds a frozen dataclass `Options`, a `Recipe` with the published defaults and
the method's own keys; `LEARNS`, what its batches are made of; and `make(options, setup)`, which
returns an `Objective`. A plan names it `cosent`, or `{name: cosent, epochs: 1}`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from evaluators import discovery
from evaluators.errors import MethodError
from evaluators.trainer import named
from evaluators.trainer.named import Named, Spec

if TYPE_CHECKING:
    from evaluators.sts_training.objective import Objective

Learns = Literal["nothing", "sentences", "pairs", "two-label-sets"]
"""What a method's batches are made of: sentences alone, labelled pairs, or pairs of two tasks."""


@dataclass(frozen=True)
class Recipe:
    """Settings of a training that every method has.

    Attributes:
        epochs: Number of passes over the training data.
        batch: Number of sentences, or pairs, of a step, at least 2.
        rate: Learning rate of AdamW, constant after the warm-up.
        warmup: Share of the steps in which the rate rises from 0.
        weight_decay: Weight decay of matrices.
        clip: Largest norm of the gradient; 0 does not clip.
        dropout: Rate of every dropout layer of the encoder; None keeps the checkpoint's.
    """

    epochs: int = 1
    batch: int = 64
    rate: float = 1e-5
    warmup: float = 0.0
    weight_decay: float = 0.0
    clip: float = 0.0
    dropout: float | None = None

    def __post_init__(self) -> None:
        if self.epochs < 1:
            raise MethodError(f"epochs must be at least 1, got {self.epochs}")
        if self.batch < 2:
            raise MethodError(
                f"batch must be at least 2, got {self.batch}: a loss compares sentences of a batch"
            )
        if not 0 < self.rate < float("inf"):
            raise MethodError(f"rate must be above 0 and finite, got {self.rate}")
        if not 0 <= self.warmup < 1:
            raise MethodError(f"warmup must be in [0, 1), got {self.warmup}")
        if not (0 <= self.weight_decay < float("inf") and 0 <= self.clip < float("inf")):
            raise MethodError(
                "weight_decay and clip must be 0 or more and finite, got"
                f" {self.weight_decay} and {self.clip}"
            )
        if self.dropout is not None and not 0 <= self.dropout < 1:
            raise MethodError(f"dropout must be in [0, 1), got {self.dropout}")


class Setup(NamedTuple):
    """What an objective is made for.

    Attributes:
        width: Width of a sentence vector.
        classes: Number of whole grades of the task, its two ends included.
        dropout: Whether the encoder has dropout.
        layers: Number of layers of the encoder.
    """

    width: int
    classes: int
    dropout: bool
    layers: int


def names() -> tuple[str, ...]:
    """Return the name of every method, sorted."""
    return discovery.names(__name__)


def find(spec: Spec) -> Named:
    """Find the method that a plan names, and validate its options.

    Raises:
        UnknownNameError: No such method or option, with the nearest one.
        MethodError: An option has an invalid value.
    """
    return named.find(__name__, "method", spec)


def learns(method: Named) -> Learns:
    """Return what a method's batches are made of."""
    what: Learns = method.module.LEARNS
    return what


def make(method: Named, setup: Setup) -> Objective:
    """Return a method's objective for one training.

    Raises:
        MethodError: The encoder or the task lacks what the method needs.
    """
    objective: Objective = method.module.make(method.options, setup)
    return objective
