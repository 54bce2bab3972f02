"""Why a row's published average is not what its cells come to: which single cell would do it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluators.averaging.audit.additive import Expected
from evaluators.averaging.audit.inference import Inference
from evaluators.averaging.audit.recompute import Agreement
from evaluators.averaging.audit.rule import Formula, Rule, formula_of
from evaluators.averaging.board import Board

Kind = Literal["task-counted-as-0", "left-out", "another-value"]
SIGNED = frozenset({"matthews", "pearson", "spearman", "kendall", "cosine_spearman", "correlation"})
"""Metrics that run from −1 to 1."""

_SHOWN = 3


@dataclass(frozen=True)
class Explanation:
    """One change that would make a row's cells come to its published average.

    Attributes:
        kind: What would have to be different.
        column: The cell's column.
        printed: The cell as printed, None where it is missing.
        value: What it would have to be, None where it would have to be left out.
        give: How far off that value may be, from the tolerance of the average.
        doubtful: Whether the cell is missing, 0 or flagged suspect in the first place.
        text: The same in words.
    """

    kind: Kind
    column: str
    printed: float | None
    value: float | None
    give: float
    doubtful: bool
    text: str


def lowest(board: Board, j: int) -> float:
    """Return the lowest possible score of a column."""
    column = board.columns[j]
    return -column.unit_max if column.metric in SIGNED else 0.0


def explain(
    board: Board, formula: Formula, i: int, published: float, tolerance: float, usual: Expected
) -> tuple[Explanation, ...]:
    """Return what would reconcile row i with its published average, the likeliest first.

    Args:
        board: The board.
        formula: How the board averages.
        i: The row.
        published: Its average as published, in the board's unit.
        tolerance: How far apart the two may lie.
        usual: What the row's cells would be expected to be.

    Returns:
        Up to three: a doubtful cell (missing, 0 or flagged) whose task counts as 0 or is left
        out; then another value in one cell, doubtful cells first, then by how expected it is.
    """
    grouped = formula.grouped(board.values[i : i + 1])[0]
    found: list[tuple[tuple[float, ...], Explanation]] = []
    for c, j in enumerate(formula.cells):
        g = int(np.argmax(formula.shares[c]))
        printed = float(board.values[i, j])
        doubtful = bool(np.isnan(printed)) or printed == 0 or (i, j) in board.suspect
        column = board.columns[j]
        shown = "missing" if np.isnan(printed) else f"{printed:g}"
        plain = None if np.isnan(printed) else printed

        def said(
            kind: Kind,
            value: float | None,
            give: float,
            text: str,
            name: str = column.name,
            plain: float | None = plain,
            doubtful: bool = doubtful,
        ) -> Explanation:
            return Explanation(kind, name, plain, value, give, doubtful, text)

        if doubtful:
            zeroed = grouped.copy()
            zeroed[g] = 0.0
            whole = float(formula.means(zeroed[None])[0]) if formula.p > 0 else float("nan")
            # Where the cell is all its task has, this is its value 0, which is said below.
            if abs(whole - published) <= tolerance and (formula.shares[:, g] > 0).sum() > 1:
                text = (
                    f"{column.name} is {shown}; counting all of {column.task} as 0 gives"
                    f" {whole:.4g}"
                )
                found.append(((0, 0), said("task-counted-as-0", None, 0.0, text)))
            left = _without(formula, board, i, c, g, grouped)
            if abs(left - published) <= tolerance:
                text = f"{column.name} is {shown}; leaving it out gives {left:.4g}"
                found.append(((0, 1), said("left-out", None, 0.0, text)))
        share = formula.shares[c, g] * formula.scale[c]
        own = formula.shares[:, g] > 0
        own[c] = False
        beside = float(
            (board.values[i, list(formula.cells)] * formula.scale * formula.shares[:, g])[own].sum()
        )
        value = (formula.needed(grouped, g, published) - beside) / share
        # To first order: a change of the mean by the tolerance, through the entry's weight.
        give = tolerance / (formula.weights[g] * share) if formula.weights[g] else 0.0
        if np.isnan(value) or not lowest(board, j) - give <= value <= column.unit_max + give:
            continue
        value = min(max(value, lowest(board, j)), column.unit_max)
        strange = abs(value - usual.values[i, j]) / usual.spread[j]
        text = f"{column.name} would have to be {value:.4g} (±{give:.2g}) instead of {shown}"
        order = (1 if doubtful else 2, float(np.nan_to_num(strange, nan=1e9)))
        found.append((order, said("another-value", float(value), float(give), text)))
    found.sort(key=lambda pair: pair[0])
    return tuple(explanation for _, explanation in found[:_SHOWN])


def _without(formula: Formula, board: Board, i: int, c: int, g: int, grouped: np.ndarray) -> float:
    """The average without one cell: its task by its other metrics, or no such task at all."""
    members = np.flatnonzero(formula.shares[:, g])
    others = members[members != c]
    left = grouped.copy()
    if len(others):
        shares = formula.shares[others, g]
        cells = board.values[i, [formula.cells[k] for k in others]] * formula.scale[others]
        left[g] = float(cells @ shares / shares.sum())
        return float(formula.means(left[None])[0])
    if len(left) == 1:
        return float("nan")
    rest = Formula(
        formula.name,
        formula.cells,
        formula.scale,
        np.delete(formula.shares, g, axis=1),
        np.delete(formula.weights, g) * formula.weights.sum() / np.delete(formula.weights, g).sum()
        if np.delete(formula.weights, g).sum() > 0
        else np.delete(formula.weights, g),
        formula.p,
    )
    return float(rest.means(np.delete(left, g)[None])[0])


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
