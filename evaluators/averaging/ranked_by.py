"""Rank a board as somebody asks: by means, a rule, or ratios to a model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial

from evaluators.averaging import rules
from evaluators.averaging.board import Board, find_row
from evaluators.averaging.means import MEANS, mean_name
from evaluators.averaging.ranking import Ranking, rank
from evaluators.averaging.ratio import rank_by_ratio
from evaluators.averaging.treatment import Treatment, find_treatment
from evaluators.errors import TreatmentError


@dataclass(frozen=True)
class RankedBy:
    """What a board is to be ranked by.

    Attributes:
        p: Exponent of the mean; None for the three classic means side by side.
        rule: Name of a rule that ranks instead of a mean.
        reference: Model whose scores divide those of the others before the mean.
        treatment: Name of the treatment; None for that of the rule, else `per-task`.
        by_type: Whether the tasks of each type are averaged first, whatever the treatment.

    Raises:
        TreatmentError: Two are combined that exclude each other.
    """

    p: float | None = None
    rule: str | None = None
    reference: str | None = None
    treatment: str | None = None
    by_type: bool = False

    def __post_init__(self) -> None:
        for first, second, both in (
            ("a rule", "a mean", self.rule is not None and self.p is not None),
            ("a rule", "a reference", self.rule is not None and self.reference is not None),
        ):
            if both:
                raise TreatmentError(f"{first} and {second} cannot be combined: give only one")

    @property
    def means(self) -> Mapping[str, float]:
        """Exponents by name."""
        return MEANS if self.p is None else {mean_name(self.p): self.p}

    def find_treatment(self) -> Treatment:
        """Return the treatment of the cells.

        Raises:
            UnknownNameError: There is no such rule.
            TreatmentError: A part of the treatment's name is unknown.
        """
        chosen = (
            find_treatment(self.treatment or "per-task")
            if self.rule is None
            else rules.treatment_for(self.rule, self.treatment)
        )
        return replace(chosen, nesting="by-type") if self.by_type else chosen


def rankings(board: Board, treatment: Treatment, by: RankedBy) -> Mapping[str, Ranking]:
    """Return the rankings of a board: one for each mean, or that of the rule.

    Args:
        board: The board, with what is selected of it.
        treatment: The treatment of its cells, which says what is selected.
        by: What it is ranked by.

    Raises:
        UnknownNameError: There is no such rule or reference.
        TreatmentError: A name is unknown, or the board cannot be ranked like that.
    """
    if by.rule is not None:
        return {by.rule: rules.rank_by(board, treatment, by.rule)}
    ranked = partial(rank, board, treatment)
    if by.reference is not None:
        ranked = partial(rank_by_ratio, board, treatment, find_row(board, by.reference))
    return {name: ranked(p=p) for name, p in by.means.items()}
