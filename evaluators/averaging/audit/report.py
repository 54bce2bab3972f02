"""The whole audit of a board."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evaluators.averaging.audit.additive import expected
from evaluators.averaging.audit.checks.borrowed import borrowed
from evaluators.averaging.audit.checks.copies import copies_differ
from evaluators.averaging.audit.checks.leverage import PLACES, leverage
from evaluators.averaging.audit.checks.rows import flagged, human_names, same_scores
from evaluators.averaging.audit.checks.units import units
from evaluators.averaging.audit.checks.zeros import zeros
from evaluators.averaging.audit.explain import Disagreement, find_disagreements, rule_followed
from evaluators.averaging.audit.inference import Inference, infer
from evaluators.averaging.audit.other_rules import RuleAgreement, other_rules
from evaluators.averaging.audit.recompute import (
    FURTHER,
    TOLERANCE,
    Agreement,
    best_fit,
    published_factor,
    recompute_all,
)
from evaluators.averaging.audit.suspicion import KINDS, Suspicion
from evaluators.averaging.board import Board
from evaluators.averaging.treatment import TREATMENTS, Treatment, find_treatment
from evaluators.errors import TreatmentError

AS_PRINTED = find_treatment("per-task+as-printed")


@dataclass(frozen=True)
class Audit:
    """The findings on one board.

    Attributes:
        board: The board.
        against: The boards and snapshots it was compared with.
        factor: Factor from published averages to the board's unit.
        agreements: Published against recomputed averages, by treatment and mean.
        best: The treatment and mean that give most published averages; None where none gives any.
        inference: The rule that the published averages follow.
        other_rules: Rules that are no means beside the published numbers, the closest first.
        rule: Name of what rows were checked against: a treatment or `inferred rule`.
        disagreements: Rows that do not follow it, largest difference first, then those with gaps.
        suspicions: Findings about cells and rows.
        real_zeros: Number of zeros of each column that the published averages need.
    """

    board: Board
    against: tuple[str, ...]
    factor: float
    agreements: tuple[Agreement, ...]
    best: Agreement | None
    inference: Inference
    other_rules: tuple[RuleAgreement, ...]
    rule: str
    disagreements: tuple[Disagreement, ...]
    suspicions: tuple[Suspicion, ...]
    real_zeros: Mapping[str, int]


def audit(
    board: Board,
    against: Sequence[Board] = (),
    treatments: Sequence[Treatment] = tuple(TREATMENTS.values()),
    tolerance: float | None = TOLERANCE,
    places: int = PLACES,
) -> Audit:
    """Audit a board against its published averages, its other copies and other boards.

    Args:
        board: The board.
        against: Other snapshots of it, and other boards.
        treatments: Under which its averages are recomputed. Where none of them gives all,
            seven more are tried.
        tolerance: How far a recomputed average may lie from the published one, for a unit of
            100; None for what the printed digits allow.
        places: A cell whose column moves its row by more places than this is listed.
    """
    agreements = recompute_all(board, treatments, tolerance=tolerance)
    best = best_fit(agreements)
    if (best is None or best.agree < best.compared) and not np.isnan(board.published).all():
        agreements += tuple(
            agreement
            for agreement in recompute_all(board, FURTHER, tolerance=tolerance)
            if agreement.treatment not in treatments
        )
        best = best_fit(agreements)
    inference = infer(board, tolerance)
    name, formula, allowed = rule_followed(board, best, inference)
    published = board.published * published_factor(board)
    fit = expected(board.values, board.unit)
    disagreements = (
        [] if formula is None else find_disagreements(board, formula, published, allowed, fit)
    )
    odd_zeros, real = zeros(board, formula, published, allowed, fit)
    suspicions = flagged(board)
    suspicions += borrowed(board, against)
    suspicions += copies_differ(board, against)
    suspicions += odd_zeros
    suspicions += units(board, fit)
    with contextlib.suppress(
        TreatmentError
    ):  # a board of costs has no ranks to move; the agreements say so
        ranked_by = treatments[0] if len(treatments) == 1 else AS_PRINTED
        suspicions += leverage(board, ranked_by, places=places)
    suspicions += same_scores(board)
    suspicions += human_names(board)
    order = list(KINDS)
    suspicions.sort(key=lambda s: (order.index(s.kind), -s.weight, s.position))
    return Audit(
        board=board,
        against=tuple(dict.fromkeys(f"{other.name} {other.snapshot}" for other in against)),
        factor=published_factor(board),
        agreements=agreements,
        best=best,
        inference=inference,
        other_rules=other_rules(board),
        rule=name,
        disagreements=tuple(disagreements),
        suspicions=tuple(suspicions),
        real_zeros=real,
    )
