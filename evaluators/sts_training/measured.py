"""What an arm came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from evaluators.result import Score, Table

BOOTSTRAP_SEED = 0
"""Seed of the resamples of pairs, the same for every arm and seed."""


@dataclass(frozen=True)
class Measured:
    """An arm's scores, and what they cost.

    Attributes:
        scores: Scores of the scored pairs.
        table: Their similarities.
        cosines: Mean cosines of negations and paraphrases, by metric.
        cost: Provenance, as plain JSON.
        validation: Spearman on the validation pairs at the start and at each evaluation; empty
            without training.
        losses: Mean training loss before each evaluation.
        others: Further metrics of a training, each with the number of examples behind it.
    """

    scores: Sequence[Score]
    table: Table
    cosines: Mapping[str, float]
    cost: Mapping[str, Any]
    validation: Sequence[float] = ()
    losses: Sequence[float] = ()
    others: Mapping[str, tuple[float, int]] = field(default_factory=dict)
