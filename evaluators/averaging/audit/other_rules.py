"""Do the published numbers follow a rule that is no mean: a win rate, a count, a mean rank?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from evaluators.averaging import rules
from evaluators.averaging.audit.recompute import half_digit
from evaluators.averaging.board import Board
from evaluators.averaging.treatment import Treatment, find_treatment
from evaluators.errors import TreatmentError

# Bradley-Terry and Kemeny take minutes on a large board, and no leaderboard prints their numbers.
TRIED = ("mean-win-rate", "mean-rank", "borda", "copeland", "dowdall", "median", "minimum", "iqm")
TREATMENTS = tuple(
    find_treatment(name)
    for name in ("per-task", "per-metric", "per-task+any-available", "per-metric+any-available")
)
_SCALES = (1.0, 100.0, -1.0)  # a win rate in per cent; a mean rank, of which lower is better


@dataclass(frozen=True)
class RuleAgreement:
    """The scores of one rule beside the published numbers.

    Attributes:
        rule: Name of the rule.
        treatment: How cells became what it sees.
        agree: Number of rows whose score is the published number to its digits.
        same_rank: Number of rows that the rule ranks as the published numbers do.
        compared: Number of rows that have both.
        worst: The largest difference, in the unit of the published numbers.
    """

    rule: str
    treatment: Treatment
    agree: int
    same_rank: int
    compared: int
    worst: float


def other_rules(
    board: Board, treatments: Iterable[Treatment] = TREATMENTS
) -> tuple[RuleAgreement, ...]:
    """Compare the published numbers with rules that are no means, the closest first.

    Args:
        board: The board; without published numbers nothing is compared.
        treatments: Under which each rule is tried; of each rule the closest is kept.
    """
    there = ~np.isnan(board.published)
    if not there.any():
        return ()
    allowed = half_digit(board.published[there]) + 1e-9
    found = []
    for rule in TRIED:
        each = [
            agreement
            for treatment in treatments
            if (agreement := _compare(board, treatment, rule, allowed)) is not None
        ]
        if each:
            found.append(min(each, key=_distance))
    return tuple(sorted(found, key=_distance))


def _distance(agreement: RuleAgreement) -> tuple[int, int, float]:
    return -agreement.agree, -agreement.same_rank, agreement.worst


def _compare(board: Board, treatment: Treatment, rule: str, allowed: float) -> RuleAgreement | None:
    try:
        ranking = rules.rank_by(board, treatment, rule)
    except TreatmentError:
        return None
    scores = np.full(len(board.models), np.nan)
    for row in ranking.rows:
        if row.rank is not None and row.score is not None:
            scores[row.position] = row.score
    both = ~np.isnan(scores) & ~np.isnan(board.published)
    if both.sum() < 3:
        return None
    published, own = board.published[both], scores[both]
    scale = min(_SCALES, key=lambda s: float(np.abs(s * own - published).sum()))
    off = np.abs(scale * own - published)
    return RuleAgreement(
        rule,
        treatment,
        agree=int((off <= allowed).sum()),
        # What is published may rise or fall with what is better.
        same_rank=max(int((_ranks(own) == _ranks(sign * published)).sum()) for sign in (1, -1)),
        compared=int(both.sum()),
        worst=float(off.max()),
    )


def _ranks(scores: np.ndarray) -> np.ndarray:
    """Return (n,) ranks, the best 1, ties the better one; equal to nine digits is a tie."""
    rounded = np.round(scores, 9)
    return np.asarray((rounded[None, :] > rounded[:, None]).sum(axis=1) + 1)
