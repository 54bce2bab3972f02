"""Find scores on the wrong scale, or out of their metric's range."""

from __future__ import annotations

import numpy as np

from evaluators.averaging.audit.additive import Expected
from evaluators.averaging.audit.explain import lowest
from evaluators.averaging.audit.suspicion import Suspicion, about_cell, about_row
from evaluators.averaging.board import Board

_LEAST = 3


def units(board: Board, fit: Expected) -> list[Suspicion]:
    """Return scores out of their metric's range, and proportions among percentages."""
    suspicions = []
    top = np.array([c.unit_max if c.bounded else np.nan for c in board.columns])
    low = np.array([lowest(board, j) for j in range(len(top))])
    over = (board.values > top + 1e-9) | (board.values < low - 1e-9)
    # Many negative scores in a column mean that its metric is a correlation: the cells are right.
    for j in np.flatnonzero((over & (board.values < 0)).sum(axis=0) > max(2, len(over) // 5)):
        over[:, j] &= board.values[:, j] >= 0
    known = np.maximum((~np.isnan(board.values)).sum(axis=0), 1)
    for j in np.flatnonzero(over.sum(axis=0) > np.maximum(known / 2, 1)):
        i = int(np.nanargmax(np.where(over[:, j], np.abs(board.values[:, j]), np.nan)))
        text = (
            f"as are {over[:, j].sum() - 1} more of {known[j]} in this column: is"
            f" {top[j]:g} the best {board.columns[j].metric}?"
        )
        suspicions.append(about_cell(board, "out of range", i, int(j), text))
        over[:, j] = False
    for i, j in np.argwhere(over):
        text = f"the metric {board.columns[j].metric} runs from {low[j]:g} to {top[j]:g}"
        suspicions.append(about_cell(board, "out of range", int(i), int(j), text))
    if len(board.models) < _LEAST:
        return suspicions
    small = (board.values > 0) & (board.values <= top / 100)
    typical = np.array([_median(board.values[:, j]) for j in range(len(top))])
    # Columns of hard tasks, near chance level, are small throughout: no evidence of another unit.
    suspicious = small & (typical > 5 * top / 100)
    for i in range(len(board.models)):
        present = ~np.isnan(board.values[i])
        cells = np.flatnonzero(suspicious[i])
        if len(cells) >= _LEAST and small[i].sum() >= 0.9 * (present & (typical > 0)).sum():
            text = (
                f"{len(cells)} scores from {board.values[i, cells].min():g} to"
                f" {board.values[i, cells].max():g}, where columns have medians of"
                f" {typical[cells].min():.3g} to {typical[cells].max():.3g}"
            )
            suspicions.append(about_row(board, "proportion", i, text, weight=float(len(cells))))
            continue
        for j in cells:
            value, guess = float(board.values[i, j]), float(fit.values[i, j])
            if present.sum() < _LEAST:  # a row of one cell would be expected to be what it is
                guess = float(typical[j])
            away = abs(value - guess) / fit.spread[j]
            near = abs(100 * value - guess) / fit.spread[j]
            # Weak models also score below 1 per cent, but then several of them do in that column.
            if near < away and away > 4 and (board.values[:, j] < 0.05 * top[j]).sum() <= 2:
                text = f"times 100 it is {100 * value:g}; about {guess:.3g} expected"
                suspicions.append(about_cell(board, "proportion", i, int(j), text))
    return suspicions


def _median(values: np.ndarray) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else 0.0
