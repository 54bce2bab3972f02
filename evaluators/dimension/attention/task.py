"""The recall task, the layer that learns it and how it is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass

from evaluators.dimension.checks import at_least
from evaluators.errors import DimensionError


@dataclass(frozen=True)
class Task:
    """The task, the layer and its training; all but N and the head size.

    Attributes:
        heads: Attention heads.
        width: Dimensions of the embedding of a key.
        symbols: Different values; chance is 1 / symbols.
        value_size: Dimensions of a head's values.
        sequences: Sequences a step; each asks for all its keys.
        steps: Steps of Adam, the rate falling to 0 along a cosine.
        rate: First step size.
        test_sequences: Fresh sequences that accuracy is measured on.
    """

    heads: int = 2
    width: int = 64
    symbols: int = 16
    value_size: int = 16
    sequences: int = 4
    steps: int = 300
    rate: float = 0.005
    test_sequences: int = 32

    def __post_init__(self) -> None:
        for name in ("heads", "width", "value_size", "sequences", "test_sequences"):
            at_least(name, getattr(self, name), 1)
        at_least("symbols", self.symbols, 2)
        at_least("steps", self.steps, 2)
        if not 0 < self.rate < math.inf:
            raise DimensionError(f"the rate is {self.rate}: it must be positive")
