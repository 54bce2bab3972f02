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
"""How far apart exponents are unless asked otherwise."""

MOST = 500_000
"""Lines that one output may have: what a spreadsheet still opens."""

_TOLD = (-20, -10, -5, -2, -1, 0, 1, 2, 5, 10, 20)
_COLUMNS = 11


def format_curve(
    board: Board, treatment: Treatment, low: float, high: float, step: float, form: str = "table"
) -> str:
    """Return every model's score and rank at each exponent, as text in one of `FORMATS`.

    CSV and JSON have a line for each model and exponent; the others the ranks at a few exponents.

    Args:
        board: The leaderboard.
        treatment: What was done to its cells.
        low: The lowest exponent.
        high: The highest that a whole number of steps reaches.
        step: Between two exponents.
        form: The format.

    Raises:
        TreatmentError: If the board cannot be ranked like that, there are no such exponents, or
            more than `MOST` lines would be written.
    """
    if step > 0 and ((high - low) / step + 1) * len(board.models) > MOST:
        raise TreatmentError(
            f"{len(board.models)} models at every {step:g} from {low:g} to {high:g} are more than"
            f" {MOST:,} lines; take a larger --step, or less between --from and --to"
        )
    found = curve(board, treatment, grid(low, high, step))
    n = int((~np.isnan(found.scores)).any(axis=0).sum())
    known = pieces(board, treatment)  # a mixed treatment has other columns for p > 0
    columns = {p: len(known[-1 if p > 0 else 0].matrix.columns) for p in found.p.tolist()}
    about = about_board(
        board, treatment, None, n_models=n, n_columns=max(columns.values()), notes=found.notes
    )
    rows = _rows(board, found, columns) if form in ("csv", "json") else iter(())
    document = {
        **about,
        "mean": "every power mean",
        "p": found.p.tolist(),
        "choices": treatment.choices(),
        "rows": list(rows) if form == "json" else [],
    }
    records = [{**about, **row} for row in rows] if form == "csv" else []
    return write(_sheet(board, found, n, about), form, records=records, document=document)


def _rows(board: Board, found: Curve, columns: dict[float, int]) -> Iterator[dict[str, Any]]:
    names = labels(board)
    for k, p in enumerate(found.p.tolist()):
        ranked = ~np.isnan(found.scores[k])
        at = {
            "mean": mean_name(p),
            "p": p,
            "n_models": int(ranked.sum()),
            "n_columns": columns[p],
        }
        for i, name in enumerate(names):
            yield {
                **at,
                "model": name,
                "is_human": board.is_human[i],
                "score": float(found.scores[k, i]) if ranked[i] else None,
                "rank": int(found.ranks[k, i]) if ranked[i] else None,
            }


def _sheet(board: Board, found: Curve, n: int, about: dict[str, Any]) -> Sheet:
    names, told = labels(board), _told(found.p)
    ps, ranks = found.p[told].tolist(), found.ranks[told]
    near = int(np.argmin(np.abs(found.p - 1)))
    ranked = np.flatnonzero(~np.isnan(found.ranks).all(axis=0))
    order = sorted(ranked.tolist(), key=lambda i: np.nan_to_num(found.ranks[near, i], nan=np.inf))
    shown = f"[{found.p[0]:g}, {found.p[-1]:g}]"
    alone = len(found.p) == 1
    apart = (
        "1 exponent" if alone else f"{len(found.p)} exponents, {found.p[1] - found.p[0]:g} apart"
    )
    return Sheet(
        facts=(
            ("board", found.title),
            ("snapshot", found.snapshot),
            ("treatment", found.treatment.name),
            ("mean", "every power mean"),
            ("p", f"{shown}, {apart}"),
            ("n", size_of(n, len(board.models), about["n_columns"])),
        ),
        notes=found.notes,
        sections=(
            Section(
                title=f"rank of each model at some p in {shown}, in the order at p = "
                f"{found.p[near]:g}",
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
        left_out=_left_out(board, found, told),
    )


def _told(p: NDArray[np.float64]) -> list[int]:
    """Return the exponents to show: round ones and the ends, or evenly spread ones."""
    round_ones = {k for k, x in enumerate(p.tolist()) if x in _TOLD} | {0, len(p) - 1}
    if len(round_ones) < min(len(p), _COLUMNS // 2):
        round_ones = set(np.linspace(0, len(p) - 1, min(len(p), _COLUMNS)).astype(int).tolist())
    return sorted(round_ones)


def _left_out(board: Board, found: Curve, told: list[int]) -> tuple[tuple[str, str], ...]:
    """Return (model, why) of rows without a rank at an exponent shown, with one such exponent."""
    names, reasons = labels(board), dict[int, str]()
    for k in told:
        if not np.isnan(found.ranks[k]).any():
            continue
        for row in rank(board, found.treatment, float(found.p[k])).left_out:
            reasons.setdefault(row.position, row.left_out or "")
    never: NDArray[np.bool_] = np.asarray(np.isnan(found.ranks).all(axis=0))
    return tuple(
        (names[i], why if never[i] else f"not at every p: {why}")
        for i, why in sorted(reasons.items())
    )
