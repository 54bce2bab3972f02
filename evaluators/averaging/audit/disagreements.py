"""Rows whose published average does not follow from their cells."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from evaluators.averaging.audit.additive import Expected
from evaluators.averaging.audit.explain import Explanation, explain
from evaluators.averaging.audit.formula import Formula, formula_of
from evaluators.averaging.audit.inference import Inference
from evaluators.averaging.audit.recompute import Agreement
from evaluators.averaging.audit.rule import Rule
from evaluators.averaging.board import Board


@dataclass(frozen=True)
class Disagreement:
    """A row whose published average its cells do not give.

    Attributes:
        position: The row on the board.
        model: Its name.
        published: Its average as published, in the board's unit.
        recomputed: What its cells come to, None where one is missing.
        explanations: What would reconcile the two, the likeliest first.
    """

    position: int
    model: str
    published: float
    recomputed: float | None
    explanations: tuple[Explanation, ...]


def rule_followed(
    board: Board, best: Agreement | None, inference: Inference
) -> tuple[str, Formula | None, float]:
    """Return what rows are held against: a treatment that fits most, else the inferred rule."""
    rule: Rule | None = inference.rule
    enough = 0 if rule is None else rule.agree
    if best is not None and 2 * best.agree > best.compared and best.agree >= enough:
        formula = formula_of(board, best.treatment, best.p)
        return f"{best.treatment.name}, {best.mean} mean", formula, best.tolerance
    if rule is None:
        return "", None, 0.0
    at = {column.name: j for j, column in enumerate(board.columns)}
    used = [(at[n], k) for n, k in zip(rule.columns, rule.numerators, strict=True) if k]
    unit = max(board.columns[at[name]].unit_max for name in rule.columns)
    formula = Formula(
        name="inferred rule",
        cells=tuple(j for j, _ in used),
        scale=np.array([unit / board.columns[j].unit_max for j, _ in used]),
        shares=np.eye(len(used)),
        weights=np.array([k / rule.denominator for _, k in used]),
        p=1.0,
    )
    return f"inferred rule {rule.formula}", formula, rule.tolerance


def find_disagreements(
    board: Board, formula: Formula, published: np.ndarray, tolerance: float, usual: Expected
) -> list[Disagreement]:
    """Return the rows whose published average a formula does not give, and why that may be.

    Args:
        board: The board.
        formula: How it averages.
        published: (n,) averages in the board's unit; NaN where there is none.
        tolerance: How far apart two averages may lie.
        usual: What cells would be expected to be.
    """
    scores = formula.scores(board.values)
    off = np.abs(scores - published)
    rows = [i for i in np.flatnonzero(~np.isnan(published)) if not off[i] <= tolerance + 1e-9]
    rows.sort(key=lambda i: -np.nan_to_num(off[i], nan=-1.0))
    return [
        Disagreement(
            position=int(i),
            model=board.models[i],
            published=float(published[i]),
            recomputed=None if np.isnan(scores[i]) else float(scores[i]),
            explanations=explain(board, formula, int(i), float(published[i]), tolerance, usual),
        )
        for i in rows
    ]
