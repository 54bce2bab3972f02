"""The rules other than power means that rank a board: one file in this folder each, found by name.

A file here defines:

- what the rule does, in the first line of its docstring;
- `GAPS`: whether a row may lack a column (treatments with `available-only` or `any-available`);
- `ORDER`: whether only the order of each column counts, so that a column of which less is better
  may be reversed (treatments with `rank-only`); left out where the values count;
- `score(values)`: (n, g) treated scores of n models in g columns, higher better, → (n,), higher
  better. NaN is a gap. It never looks at a model's name or place, so equal rows score the same.

It may define:

- `TREATMENT`: name of the treatment that the rule is used with where no other is chosen;
- `NOTE`: how it treats gaps and ties, shown with every ranking;
- `EXACT`: whether scores tie only if equal to the last bit, rather than but for rounding;
- `score_printed(values, printed)` instead of using `score`: `printed` (n, g) marks the scores that
  rest on a suspect cell;
- `weighted(values, weights)`: the same scores where column j counts weights[j] > 0 times (g,). For
  whole weights it is what `score` gives if columns are repeated so often;
- `NO_WEIGHTS`: why there is no such function, which completes "… takes no weights: ".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from evaluators import discovery
from evaluators.averaging.board import Board
from evaluators.averaging.matrix import AVAILABLE, SOME_GAPS, treat
from evaluators.averaging.ranking import TIE, Ranking, ranking_of
from evaluators.averaging.rules._cells import settled
from evaluators.averaging.treatment import Treatment, find_treatment
from evaluators.errors import TreatmentError


class Rule(Protocol):
    """The interface of every module in this folder."""

    GAPS: bool

    def score(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return scores (n,), higher better, of treated scores (n, g)."""


def names() -> tuple[str, ...]:
    """Return the names of the rules, `borda`, `mean-rank` and so on."""
    return discovery.names(__name__)


def find(name: str) -> Rule:
    """Return the rule of a name.

    Raises:
        UnknownNameError: If there is no rule of that name, with the nearest name.
    """
    return cast("Rule", discovery.find(__name__, "rule", name))


def describe(name: str) -> str:
    """Return a one-line description of a rule.

    Raises:
        UnknownNameError: If there is no rule of that name, with the nearest name.
    """
    return (find(name).__doc__ or "").splitlines()[0].rstrip(".")


def rank_by(board: Board, treatment: Treatment, rule: str) -> Ranking:
    """Rank a board by a rule, over the same rows and columns as under a mean.

    Rows that the treatment leaves out do not take part, so they take no place from the others.
    Cells that differ only by rounding are tied, as scores are, unless the rule says otherwise.

    Args:
        board: Models × task metrics.
        treatment: How cells become the scores that the rule sees.
        rule: One of `names()`.

    Raises:
        UnknownNameError: If there is no such rule.
        TreatmentError: If the board cannot be ranked like that: the treatment depends on the sign
            of p, a rule that compares models column by column meets a gap, or a board is too large
            for the rule, or columns have weights and the rule takes none.
    """
    chosen = find(rule)
    if treatment.mixed:
        raise TreatmentError(
            f"treatment {treatment.name} depends on the sign of p and the rule {rule} has no p;"
            f" choose one that is the same for every mean, like per-task"
        )
    if treatment.weights and not hasattr(chosen, "weighted"):
        reason = getattr(chosen, "NO_WEIGHTS", "it is not defined for them")
        raise TreatmentError(
            f"the rule {rule} takes no weights: {reason}; rules that do:"
            f" {', '.join(name for name in names() if hasattr(find(name), 'weighted'))}"
        )
    by_order = getattr(chosen, "ORDER", False)
    matrix = treat(board, treatment, by_order=by_order)
    score_printed, note = getattr(chosen, "score_printed", None), getattr(chosen, "NOTE", "")
    if note:
        matrix = replace(
            matrix, notes=tuple(n for n in matrix.notes if n not in (AVAILABLE, SOME_GAPS))
        )
    taking_part = np.flatnonzero(matrix.complete)
    tolerance = 0.0 if getattr(chosen, "EXACT", False) else TIE * matrix.unit
    values = settled(matrix.values[taking_part], tolerance)
    gaps = np.argwhere(np.isnan(values))
    if len(gaps) and not chosen.GAPS:
        i, g = gaps[0]
        raise TreatmentError(
            f"the rule {rule} compares models column by column and needs every cell, but"
            f" {board.models[taking_part[i]]} has none for {matrix.columns[g]}; use a treatment"
            f" without gaps (neither available-only nor any-available), or with drop-column"
        )
    scores = np.full(len(board.models), np.nan)
    if len(taking_part):
        if matrix.weights is not None:
            scores[taking_part] = chosen.weighted(values, matrix.weights)  # type: ignore[attr-defined]
        elif score_printed is not None:
            scores[taking_part] = score_printed(
                values, _printed(board, treatment, by_order)[taking_part]
            )
        else:
            scores[taking_part] = chosen.score(values)
    largest = np.nanmax(np.abs(scores), initial=0.0)
    return ranking_of(
        board,
        treatment,
        matrix,
        scores,
        TIE * max(float(largest), min(matrix.unit, 1.0)),
        rule=f"weighted {rule}" if treatment.weights else rule,
        notes=(note,) if note else (),
    )


def _printed(board: Board, treatment: Treatment, by_order: bool) -> NDArray[np.bool_]:
    """Return (n, g): which treated scores would change if suspect cells counted as missing."""
    counting = treat(board, treatment, by_order=by_order).values
    without = treat(board, replace(treatment, suspect="missing"), by_order=by_order).values
    return np.asarray(~np.isnan(counting) & (counting != without))


def treatment_for(rule: str, treatment: str | None) -> Treatment:
    """Return the treatment of a name, or without one that of the rule, else `per-task`.

    Raises:
        UnknownNameError: If there is no rule of that name.
        TreatmentError: If a part of the treatment's name is unknown.
    """
    own: str = getattr(find(rule), "TREATMENT", "per-task")
    return find_treatment(treatment or own)


__all__ = ["Rule", "describe", "find", "names", "rank_by", "treatment_for"]
