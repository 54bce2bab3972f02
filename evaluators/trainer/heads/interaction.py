"""Pairs read together, cut by an automatic threshold (kexue.fm/archives/8860)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from evaluators.trainer.heads.sbert import FAMILIES as FAMILIES
from evaluators.trainer.heads.sbert import Options as Options

if TYPE_CHECKING:
    from evaluators.trainer.heads import Head, HeadSetup


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head.

    Raises:
        MethodError: The task does not have two classes.
    """
    from evaluators.trainer.modules.pairs import Interaction, validate_two

    validate_two(setup.labels, "interaction")
    return Interaction(setup.hidden, setup.dropout, options.threshold)
