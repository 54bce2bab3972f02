"""Pairs by the cosine of two vectors, trained towards 1 and −1 (kexue.fm/archives/8847)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.clue.heads.sbert import FAMILIES as FAMILIES
from evaluators.clue.heads.sbert import LAYOUT as LAYOUT
from evaluators.clue.heads.sbert import Options as Options

if TYPE_CHECKING:
    from evaluators.clue.heads import Head, HeadSetup


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head.

    Raises:
        MethodError: The task has not two classes.
    """
    from evaluators.clue.modules.bi_encoder import Cosine
    from evaluators.clue.modules.cut import demand_two

    demand_two(setup.labels, "linear-cosine")
    return Cosine("linear", 1.0, options.threshold)
