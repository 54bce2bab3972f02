"""One of several choices: each is read with its context, and a linear layer scores it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup
    from evaluators.trainer.labelled_data import Family


FAMILIES: tuple[Family, ...] = ("choice",)


@dataclass(frozen=True)
class Options:
    """Options of the head choice.

    Attributes:
        pooler: Whether a fresh dense layer with tanh comes before the score.
    """

    pooler: bool = False


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.trainer.modules.layers import Choice

    return Choice(setup.hidden, setup.dropout, pooler=options.pooler)
