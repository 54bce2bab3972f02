"""Write out scores and ranks of every model over the exponents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluators.averaging import Board, Treatment, mean_name, rank
from evaluators.averaging.board import labels
from evaluators.averaging.curve import Curve, curve, grid
from evaluators.averaging.pieces import pieces
from evaluators.errors import TreatmentError
from flows.reports.sheet import Section, Sheet, about_board, size_of, write

STEP = 0.5
"""The default distance between two exponents."""

MOST = 500_000
"""The most lines of one output, which a spreadsheet can still open."""

_ROUND_EXPONENTS = (-20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20)
_COLUMNS = 11


def format_curve(
    board: Board, treatment: Treatment, low: float, high: float, step: float, form: str = "table"
) -> str:
    """Return every model's score and rank at each exponent as text.

    CSV and JSON have a line for each model and exponent; other formats have a few exponents' ranks.

    Args:
        board: The leaderboard.
        treatment: The treatment of its cells.
        low: The lowest exponent.
        high: The upper limit; the highest exponent is the last whole step below it.
        step: Distance between two exponents.
        form: One of `FORMATS`.

    Raises:
        TreatmentError: If the board cannot be ranked under the treatment, there are no such
            exponents, or more than `MOST` lines would be written.
    """
    if step > 0 and ((high - low) / step + 1) * len(board.models) > MOST:
        raise TreatmentError(
            f"{len(board.models)} models at every {step:g} from {low:g} to {high:g} are more than"
            f" {MOST:,} lines; take a larger --step, or less between --from and --to"
        )
    scores_and_ranks = curve(board, treatment, grid(low, high, step))
    n = int((~np.isnan(scores_and_ranks.scores)).any(axis=0).sum())
    pieces_of_board = pieces(board, treatment)  # a mixed treatment has other columns for p > 0
    columns = {
        p: len(pieces_of_board[-1 if p > 0 else 0].matrix.columns)
        for p in scores_and_ranks.p.tolist()
    }
    facts = about_board(
        board,
        treatment,
        None,
        n_models=n,
        n_columns=max(columns.values()),
        notes=scores_and_ranks.notes,
    )
    rows = _rows(board, scores_and_ranks, columns) if form in ("csv", "json") else iter(())
    document = {
        **facts,
        "mean": "every power mean",
        "p": scores_and_ranks.p.tolist(),
        "choices": treatment.choices(),
        "rows": list(rows) if form == "json" else [],
    }
    records = [{**facts, **row} for row in rows] if form == "csv" else []
    return write(
        _sheet(board, scores_and_ranks, n, facts), form, records=records, document=document
    )


def _rows(board: Board, curves: Curve, columns: dict[float, int]) -> Iterator[dict[str, Any]]:
    names = labels(board)
    for k, p in enumerate(curves.p.tolist()):
        ranked = ~np.isnan(curves.scores[k])
        shared = {
            "mean": mean_name(p),
            "p": p,
            "n_models": int(ranked.sum()),
            "n_columns": columns[p],
        }
        for i, name in enumerate(names):
            yield {
                **shared,
                "model": name,
                "is_human": board.is_human[i],
                "score": float(curves.scores[k, i]) if ranked[i] else None,
                "rank": int(curves.ranks[k, i]) if ranked[i] else None,
            }


def _sheet(board: Board, curves: Curve, n: int, facts: dict[str, Any]) -> Sheet:
    names, shown_exponents = labels(board), _shown_exponents(curves.p)
    ps, ranks = curves.p[shown_exponents].tolist(), curves.ranks[shown_exponents]
    nearest_to_1 = int(np.argmin(np.abs(curves.p - 1)))
    ranked = np.flatnonzero(~np.isnan(curves.ranks).all(axis=0))
    order = sorted(
        ranked.tolist(), key=lambda i: np.nan_to_num(curves.ranks[nearest_to_1, i], nan=np.inf)
    )
    interval = f"[{curves.p[0]:g}, {curves.p[-1]:g}]"
    alone = len(curves.p) == 1
    spacing = (
        "1 exponent" if alone else f"{len(curves.p)} exponents, {curves.p[1] - curves.p[0]:g} apart"
    )
    return Sheet(
        facts=(
            ("board", curves.title),
            ("snapshot", curves.snapshot),
            ("treatment", curves.treatment.name),
            ("mean", "every power mean"),
            ("p", f"{interval}, {spacing}"),
            ("n", size_of(n, len(board.models), facts["n_columns"])),
        ),
        notes=curves.notes,
        sections=(
            Section(
                title=f"rank of each model at some p in {interval}, in the order at p = "
                f"{curves.p[nearest_to_1]:g}",
                header=("model", "human", *(f"p = {p:g}" for p in ps)),
                numeric=(False, False, *(True for _ in ps)),
                rows=tuple(
                    (
                        names[i],
                        "human" if board.is_human[i] else "",
                        *("-" if np.isnan(x) else f"{x:.0f}" for x in ranks[:, i]),
                    )
                    for i in order
                ),
                note="every score and rank at every p: --format csv, or json",
            ),
        ),
        left_out=_left_out(board, curves, shown_exponents),
    )


def _shown_exponents(p: NDArray[np.float64]) -> list[int]:
    """Return the indices of the exponents to show: round ones, or evenly spread ones."""
    indices = {k for k, x in enumerate(p.tolist()) if x in _ROUND_EXPONENTS} | {0, len(p) - 1}
    if len(indices) < min(len(p), _COLUMNS // 2):
        indices = set(np.linspace(0, len(p) - 1, min(len(p), _COLUMNS)).astype(int).tolist())
    return sorted(indices)


def _left_out(
    board: Board, curves: Curve, shown_exponents: list[int]
) -> tuple[tuple[str, str], ...]:
    """Return (model, reason) of rows without a rank at a shown exponent."""
    names, reasons = labels(board), dict[int, str]()
    for k in shown_exponents:
        if not np.isnan(curves.ranks[k]).any():
            continue
        for row in rank(board, curves.treatment, float(curves.p[k])).left_out:
            reasons.setdefault(row.position, row.left_out or "")
    never: NDArray[np.bool_] = np.asarray(np.isnan(curves.ranks).all(axis=0))
    return tuple(
        (names[i], reason if never[i] else f"not at every p: {reason}")
        for i, reason in sorted(reasons.items())
    )
