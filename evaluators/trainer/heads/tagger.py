"""Entities by a tag for each token: B-x starts an entity of type x, I-x continues it, O is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from evaluators.trainer.heads._overlaps import counted

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup
    from evaluators.trainer.labelled_data import Family, LabelledDataset


FAMILIES: tuple[Family, ...] = ("entity",)
UNWRITTEN = {"overlaps": "longest"}


@dataclass(frozen=True)
class Options:
    """Options of the head tagger.

    Attributes:
        overlaps: `refuse` training sets with overlapping entities, or learn the `longest`, as
            tasks of entities do where a plan names no head.
    """

    overlaps: Literal["refuse", "longest"] = "refuse"


def look(options: Options, train: LabelledDataset) -> dict[str, int]:
    """Count the examples with overlapping entities.

    Raises:
        MethodError: Entities overlap, and `overlaps` is `refuse`.
    """
    return counted(train, options.overlaps, "tagger")


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.trainer.modules.tagging import Tagger

    longest = options.overlaps == "longest"
    return Tagger(setup.hidden, setup.dropout, setup.labels, longest=longest)
