"""Judge zeros: real scores, or missing scores that were filled with 0."""

from __future__ import annotations

import numpy as np

from evaluators.averaging.audit.additive import Expected
from evaluators.averaging.audit.explain import explain
from evaluators.averaging.audit.rule import Formula
from evaluators.averaging.audit.suspicion import Suspicion, about_cell
from evaluators.averaging.board import Board

FAR = 4.0
"""Distance from the fit, in spreads of its column, from which a zero is called unlikely."""


def zeros(
    board: Board,
    formula: Formula | None,
    published: np.ndarray,
    tolerance: float,
    fit: Expected,
) -> tuple[list[Suspicion], dict[str, int]]:
    """Judge every cell that is exactly 0.

    A zero that the published average needs is real. A zero stands for a missing score if the
    average agrees without it, or with its whole task at 0. Where nothing was published, or the
    column does not enter the average, only the distance from the fit of row and column can tell.

    Args:
        board: The board.
        formula: How the board averages, None where that is unknown.
        published: (n,) averages in the board's unit; NaN where there is none.
        tolerance: How far apart two averages may lie.
        fit: Fit of row and column effects.

    Returns:
        Findings about suspicious zeros, and the number of real zeros of each column.
    """
    suspicions: list[Suspicion] = []
    real: dict[str, int] = {}
    scores = None if formula is None else formula.scores(board.values)
    counted = set() if formula is None else set(formula.cells)
    distance = fit.distance(board.values)
    for i, j in np.argwhere(board.values == 0):
        i, j = int(i), int(j)
        name = board.columns[j].name
        others = np.delete(board.values[:, j], i)
        others = others[~np.isnan(others)]
        about = f"others run from {others.min():g} to {others.max():g}" if others.size else ""
        if formula is not None and scores is not None and j in counted:
            off = abs(scores[i] - published[i])
            if off <= tolerance + 1e-9:
                real[name] = real.get(name, 0) + 1
                continue
            if off > tolerance:
                causes = explain(board, formula, i, float(published[i]), tolerance, fit)
                explanation = next((c for c in causes if c.column == name), None)
                if explanation is not None:
                    text = (
                        f"as printed the row comes to {scores[i]:.4g}, published {published[i]:g}"
                    )
                    text = f"{text}; {explanation.text}; {about}"
                    suspicions.append(about_cell(board, "zero for missing", i, j, text, off))
                    continue
        if not np.isnan(distance[i, j]) and distance[i, j] > FAR and (others > 0).mean() > 0.5:
            text = f"about {fit.values[i, j]:.3g} expected from its row and column; {about}"
            weight = float(distance[i, j])
            suspicions.append(about_cell(board, "unlikely zero", i, j, text, weight))
    return suspicions, real
