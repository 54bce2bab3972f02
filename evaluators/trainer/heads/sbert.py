"""Sentence-BERT: classes of [u; v; |u − v|] in training, the cosine after it (arXiv 1908.10084)."""

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
    """Options of the head sbert, and of others that cut a pair by a threshold.

    Attributes:
        threshold: How the threshold is found: `exact`, or `powell` as published.
    """

    threshold: Literal["exact", "powell"] = "exact"


def make(options: Options, setup: HeadSetup) -> Head:
    """Return the head.

    Raises:
        MethodError: The task does not have two classes.
    """
    from evaluators.trainer.modules.pairs import SentenceBert, validate_two

    validate_two(setup.labels, "sbert")
    return SentenceBert(setup.hidden, options.threshold)
