"""Classes of a text or of a pair, from the state of the first token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup
    from evaluators.trainer.labelled_data import Family


FAMILIES: tuple[Family, ...] = ("classification",)


@dataclass(frozen=True)
class Options:
    """Options of the head linear.

    Attributes:
        pooler: Whether a fresh dense layer with tanh comes before the classes.
    """

    pooler: bool = False


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.trainer.modules.layers import Linear

    return Linear(setup.hidden, len(setup.labels), setup.dropout, pooler=options.pooler)
