"""Updates scaled by √p, which Child-Tuning-F should equal under Adam, if Su is right.

https://kexue.fm/archives/8764 says that dropout of gradients is under Adam a smaller learning
rate, lr · √p. The update is scaled after the optimiser's step, so that it is exact under any
optimiser and schedule.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from evaluators.trainer.methods._masking import Updates, validate_share
from evaluators.trainer.methods.plain import Plain

if TYPE_CHECKING:
    import torch

    from evaluators.trainer.training.model import TaskModel


@dataclass(frozen=True)
class Options:
    """Options of the method lr-root-p.

    Attributes:
        p: Its square root multiplies every update; use the p of the arm that it is compared with.
    """

    p: float = 0.3

    def __post_init__(self) -> None:
        validate_share("lr-root-p", self.p)


class LrRootP(Plain):
    """Scale every update by the square root of p."""

    def __init__(self, p: float) -> None:
        self.scale = math.sqrt(p)
        self._updates = Updates()

    def edit_gradients(self, model: TaskModel, generator: torch.Generator) -> None:
        """Copy the parameters before the optimiser's step."""
        if self.scale != 1:
            self._updates.remember(model)

    def edit_update(self, model: TaskModel, generator: torch.Generator) -> None:
        """Scale the update, in place."""
        for after, before in self._updates.each(model):
            after.copy_(before + self.scale * (after - before))


def make(options: Options) -> LrRootP:
    """Return the method."""
    return LrRootP(options.p)
