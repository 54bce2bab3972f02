"""Explain a row's published average that its cells do not give, by a change of one cell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from evaluators.averaging.audit.additive import Expected
from evaluators.averaging.audit.inference import Inference
from evaluators.averaging.audit.recompute import Agreement
from evaluators.averaging.audit.rule import Formula, Rule, formula_of
from evaluators.averaging.board import Board, unit_of

Kind = Literal["task-counted-as-0", "left-out", "another-value"]
SIGNED = frozenset({"matthews", "pearson", "spearman", "kendall", "cosine_spearman", "correlation"})
"""Metrics that run from −1 to 1."""

_SHOWN = 3


@dataclass(frozen=True)
class Explanation:
    """One change that would make a row's cells give its published average.

    Attributes:
        kind: The kind of change.
        column: The cell's column.
        printed: The cell as printed, None where it is missing.
        value: The value that it would need, None where it would have to be left out.
        give: Tolerance of that value, from the tolerance of the average.
        doubtful: Whether the cell is missing, 0 or flagged suspect.
        text: The change in words.
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
    board: Board, formula: Formula, i: int, published: float, tolerance: float, fit: Expected
) -> tuple[Explanation, ...]:
    """Return changes that reconcile row i with its published average, likeliest first.

    Args:
        board: The board.
        formula: How the board averages.
        i: The row.
        published: Its average as published, in the board's unit.
        tolerance: How far apart the two may lie.
        fit: Fit of row and column effects.

    Returns:
        Up to three: a doubtful cell (missing, 0 or flagged) whose task counts as 0 or is left
        out; then another value in one cell, doubtful cells first, then by how expected it is.
    """
    grouped = formula.grouped(board.values[i : i + 1])[0]
    explanations: list[tuple[tuple[float, ...], Explanation]] = []
    for c, j in enumerate(formula.cells):
        g = int(np.argmax(formula.shares[c]))
        printed = float(board.values[i, j])
        doubtful = bool(np.isnan(printed)) or printed == 0 or (i, j) in board.suspect
        column = board.columns[j]
        printed_text = "missing" if np.isnan(printed) else f"{printed:g}"
        printed_or_none = None if np.isnan(printed) else printed

        def explained(
            kind: Kind,
            value: float | None,
            give: float,
            text: str,
            name: str = column.name,
            printed_or_none: float | None = printed_or_none,
            doubtful: bool = doubtful,
        ) -> Explanation:
            return Explanation(kind, name, printed_or_none, value, give, doubtful, text)

        if doubtful:
            zeroed = grouped.copy()
            zeroed[g] = 0.0
            zeroed_mean = float(formula.means(zeroed[None])[0]) if formula.p > 0 else float("nan")
            # Where the task has no other cell, this is the value 0, which the code below reports.
            if abs(zeroed_mean - published) <= tolerance and (formula.shares[:, g] > 0).sum() > 1:
                text = (
                    f"{column.name} is {printed_text}; counting all of {column.task} as 0 gives"
                    f" {zeroed_mean:.4g}"
                )
                explanations.append(((0, 0), explained("task-counted-as-0", None, 0.0, text)))
            mean_without = _without(formula, board, i, c, g, grouped)
            if abs(mean_without - published) <= tolerance:
                text = f"{column.name} is {printed_text}; leaving it out gives {mean_without:.4g}"
                explanations.append(((0, 1), explained("left-out", None, 0.0, text)))
        share = formula.shares[c, g] * formula.scale[c]
        others = formula.shares[:, g] > 0
        others[c] = False
        others_sum = float(
            (board.values[i, list(formula.cells)] * formula.scale * formula.shares[:, g])[
                others
            ].sum()
        )
        value = (formula.needed(grouped, g, published) - others_sum) / share
        # To first order: a change of the mean by the tolerance, through the entry's weight.
        give = tolerance / (formula.weights[g] * share) if formula.weights[g] else 0.0
        if np.isnan(value) or not lowest(board, j) - give <= value <= column.unit_max + give:
            continue
        value = min(max(value, lowest(board, j)), column.unit_max)
        distance = abs(value - fit.values[i, j]) / fit.spread[j]
        text = f"{column.name} would have to be {value:.4g} (±{give:.2g}) instead of {printed_text}"
        order = (1 if doubtful else 2, float(np.nan_to_num(distance, nan=1e9)))
        explanations.append((order, explained("another-value", float(value), float(give), text)))
    explanations.sort(key=lambda pair: pair[0])
    return tuple(explanation for _, explanation in explanations[:_SHOWN])


def _without(formula: Formula, board: Board, i: int, c: int, g: int, grouped: np.ndarray) -> float:
    """Return the average without a cell: its task by its other metrics, or without the task."""
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
    """A row whose published average differs from that of its cells.

    Attributes:
        position: The row on the board.
        model: Its name.
        published: Its average as published, in the board's unit.
        recomputed: Average of its cells, None where one is missing.
        explanations: Changes that would reconcile the two, likeliest first.
    """

    position: int
    model: str
    published: float
    recomputed: float | None
    explanations: tuple[Explanation, ...]


def rule_followed(
    board: Board, best: Agreement | None, inference: Inference
) -> tuple[str, Formula | None, float]:
    """Return name, formula and tolerance of the treatment that fits best, or else of the rule."""
    rule: Rule | None = inference.rule
    enough = 0 if rule is None else rule.agree
    if best is not None and 2 * best.agree > best.compared and best.agree >= enough:
        formula = formula_of(board, best.treatment, best.p)
        return f"{best.treatment.name}, {best.mean} mean", formula, best.tolerance
    if rule is None:
        return "", None, 0.0
    at = {column.name: j for j, column in enumerate(board.columns)}
    used = [(at[n], k) for n, k in zip(rule.columns, rule.numerators, strict=True) if k]
    unit = unit_of(board.columns[at[name]] for name in rule.columns)
    formula = Formula(
        name="inferred rule",
        cells=tuple(j for j, _ in used),
        scale=np.array([board.columns[j].factor(unit) for j, _ in used]),
        shares=np.eye(len(used)),
        weights=np.array([k / rule.denominator for _, k in used]),
        p=1.0,
    )
    return f"inferred rule {rule.formula}", formula, rule.tolerance


def find_disagreements(
    board: Board, formula: Formula, published: np.ndarray, tolerance: float, fit: Expected
) -> list[Disagreement]:
    """Return the rows whose published average a formula does not give, with explanations.

    Args:
        board: The board.
        formula: How the board averages.
        published: (n,) averages in the board's unit; NaN where there is none.
        tolerance: How far apart two averages may lie.
        fit: Fit of row and column effects.
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
            explanations=explain(board, formula, int(i), float(published[i]), tolerance, fit),
        )
        for i in rows
    ]
