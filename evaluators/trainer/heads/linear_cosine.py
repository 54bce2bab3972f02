"""Pairs by the cosine of two vectors, trained towards 1 and −1 (kexue.fm/archives/8847)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.trainer.heads.sbert import FAMILIES as FAMILIES
from evaluators.trainer.heads.sbert import LAYOUT as LAYOUT
from evaluators.trainer.heads.sbert import Options as Options

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head.

    Raises:
        MethodError: The task does not have two classes.
    """
    from evaluators.trainer.modules.pairs import Cosine, validate_two

    validate_two(setup.labels, "linear-cosine")
    return Cosine("linear", 1.0, options.threshold)
