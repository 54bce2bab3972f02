"""Pairs by the cosine of two vectors, trained by its order alone (kexue.fm/archives/8847)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup, Layout
    from evaluators.trainer.labelled_data import Family


FAMILIES: tuple[Family, ...] = ("classification",)
LAYOUT: Layout = "separate"


@dataclass(frozen=True)
class Options:
    """Options of the head cosent.

    Attributes:
        scale: λ of the loss, which multiplies differences of cosines.
        threshold: How the threshold is found: `exact`, or `powell` as published.
    """

    scale: float = 20.0
    threshold: Literal["exact", "powell"] = "exact"

    def __post_init__(self) -> None:
        if not self.scale > 0:
            raise ValueError(f"scale must be above 0, got {self.scale}")


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head.

    Raises:
        MethodError: The task does not have two classes.
    """
    from evaluators.trainer.modules.pairs import Cosine, validate_two

    validate_two(setup.labels, "cosent")
    return Cosine("cosent", options.scale, options.threshold)
