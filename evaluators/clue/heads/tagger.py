"""Entities by a tag for each token: B-x starts an entity of type x, I-x goes on, O is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from evaluators.clue.heads import Head, HeadSetup
    from evaluators.clue.task import Family

FAMILIES: tuple[Family, ...] = ("entity",)


@dataclass(frozen=True)
class Options:
    """It has none."""


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head."""
    from evaluators.clue.modules.tagger import Tagger

    return Tagger(setup.hidden, len(setup.labels), setup.dropout, setup.labels)
