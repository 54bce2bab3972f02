"""Entities by BIO tags under a conditional random field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evaluators.trainer.heads._overlaps import counted

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup
    from evaluators.trainer.labelled_data import Family, LabelledDataset


FAMILIES: tuple[Family, ...] = ("entity",)


@dataclass(frozen=True)
class Options:
    """Options of the head crf.

    Attributes:
        overlaps: `refuse` training sets with overlapping entities, or learn the `longest`.
    """

    overlaps: Literal["refuse", "longest"] = "refuse"


def look(options: Options, train: LabelledDataset) -> dict[str, int]:
    """Count the examples with overlapping entities.

    Raises:
        MethodError: Entities overlap, and `overlaps` is `refuse`.
    """
    return counted(train, options.overlaps, "crf")


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.trainer.modules.tagging import Crf

    return Crf(setup.hidden, setup.dropout, setup.labels, longest=options.overlaps == "longest")
