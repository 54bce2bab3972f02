"""A span of the context: a linear layer scores each token as its start and as its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup
    from evaluators.trainer.labelled_data import Family


FAMILIES: tuple[Family, ...] = ("span",)


@dataclass(frozen=True)
class Options:
    """Options of the head span.

    Attributes:
        longest: Maximum number of tokens of an answer.
    """

    longest: int = 64

    def __post_init__(self) -> None:
        if self.longest < 1:
            raise ValueError(f"longest must be at least 1, got {self.longest}")


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.trainer.modules.layers import Span

    return Span(setup.hidden, longest=options.longest)
