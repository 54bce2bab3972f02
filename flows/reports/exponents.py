"""Write out ranks under every exponent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from evaluators.averaging import Board, Treatment, rank
from evaluators.averaging.board import labels
from evaluators.averaging.crossing import Crossing
from evaluators.averaging.exponent_sets import ExponentRange, ExponentSet
from evaluators.averaging.pieces import pieces
from evaluators.averaging.standing import Standing
from flows.reports.sheet import Section, Sheet, about_board, size_of, write

Facts = tuple[tuple[str, str], ...]


def format_standing(
    board: Board,
    treatment: Treatment,
    standing: Standing,
    shown: ExponentRange,
    form: str = "table",
    *,
    above: int | None = None,
) -> str:
    """Return a model's rank and rivals under every exponent as text.

    Args:
        board: The leaderboard.
        treatment: The treatment of its cells.
        standing: The standing of the model.
        shown: The range of exponents whose ranks are shown.
        form: One of `FORMATS`.
        above: Row of the only rival to compare with; None for all.
    """
    names = labels(board)
    facts, about, _ = _about(board, treatment, shown)
    ranking = rank(board, treatment, 1)
    taking_part = {c.rival for c in standing.crossings if c.both}
    rivals = [r.position for r in ranking.rows if r.position in taking_part]
    if above is not None:
        rivals = [above]
    left_out = [
        (names[row.position], row.left_out or "")
        for row in ranking.left_out
        if row.position not in taking_part
    ]
    sheet = _standing_sheet(board, standing, facts, shown, rivals=rivals, left_out=left_out)
    by_rival = {crossing.rival: crossing for crossing in standing.crossings}
    about |= {"model": names[standing.row]}
    steps = [
        (part, step.rank)
        for step in standing.steps
        for part in ExponentSet((shown,)) & ExponentSet((step.exponents,))
    ]
    records = [
        *(
            {**about, "what": "rank", **_ends(part), "rank": rank_in_part}
            for part, rank_in_part in steps
        ),
        *({**about, "what": "first", **_ends(part)} for part in standing.first),
    ]
    for rival in rivals:
        found, name = by_rival[rival], names[rival]
        records += [{**about, "what": "above", "rival": name, **_ends(x)} for x in found.above]
        records += [
            {**about, "what": kind, "rival": name, "p_low": p, "p_high": p}
            for kind, ps in (("crossing", found.exponents), ("touch", found.touches))
            for p in ps
        ]
    records += [{**about, "what": "left out", "rival": name, "left_out": w} for name, w in left_out]
    document = {
        **about,
        "choices": treatment.choices(),
        "first": [_ends(part) for part in standing.first],
        "ranks": [{**_ends(part), "rank": rank_in_part} for part, rank_in_part in steps],
        "rivals": [_against(names, by_rival[rival]) for rival in rivals],
        "left_out": dict(left_out),
    }
    return write(sheet, form, records=records, document=document)


def format_pairs(
    board: Board,
    treatment: Treatment,
    pairs: Sequence[Crossing],
    shown: ExponentRange,
    form: str = "table",
    *,
    total: int,
) -> str:
    """Return the pairs that change places within a range of exponents as text.

    Args:
        board: The leaderboard.
        treatment: The treatment of its cells.
        pairs: The pairs that change places.
        shown: The range of exponents.
        form: One of `FORMATS`.
        total: How many pairs were compared.
    """
    names = labels(board)
    facts, about, notes = _about(board, treatment, shown)
    records: list[Mapping[str, Any]] = [
        {**about, "model": names[c.row], "rival": names[c.rival], "crossing": p}
        for c in pairs
        for p in c.exponents
        if p in shown
    ]
    document = {
        **about,
        "choices": treatment.choices(),
        "n_pairs": total,
        "pairs": [{"model": names[c.row], **_against(names, c)} for c in pairs],
    }
    sheet = _pairs_sheet(board, treatment, pairs, facts, shown, total=total, notes=notes)
    return write(sheet, form, records=records or [about], document=document)


def _standing_sheet(
    board: Board,
    standing: Standing,
    facts: Facts,
    shown: ExponentRange,
    *,
    rivals: Sequence[int],
    left_out: Sequence[tuple[str, str]],
) -> Sheet:
    """Return the steps of a rank, and the sets where the model is above each rival.

    Args:
        board: The leaderboard.
        standing: The standing of the model.
        facts: Board, snapshot, treatment, mean, p and n.
        shown: The range of exponents whose ranks are shown; the sets are not limited to it.
        rivals: Rows of the rivals, in the order shown.
        left_out: (model, reason) of rows without a mean under any exponent.
    """
    names = labels(board)
    model = names[standing.row]
    steps = tuple(
        (str(part), str(step.rank))
        for step in standing.steps
        for part in ExponentSet((shown,)) & ExponentSet((step.exponents,))
    )
    by_rival = {crossing.rival: crossing for crossing in standing.crossings}
    rows = tuple(
        (
            names[rival],
            str(by_rival[rival].above),
            _crossings(by_rival[rival]),
            str(by_rival[rival].most),
        )
        for rival in rivals
    )
    return Sheet(
        facts=(*facts, ("model", model), ("first at p in", str(standing.first))),
        notes=standing.notes,
        sections=(
            Section(
                title=f"rank of {model} for p in {shown}",
                header=("p", "rank"),
                numeric=(False, True),
                rows=steps,
            ),
            Section(
                title=f"where {model} is above each other model, for p in (-inf, inf)",
                header=("model", "above it at p in", "they cross at", "at most"),
                numeric=(False, False, False, True),
                rows=rows,
                note="every crossing is listed; `at most` is how many the rule of signs allows",
            ),
        ),
        left_out=tuple(left_out),
    )


def _pairs_sheet(
    board: Board,
    treatment: Treatment,
    pairs: Sequence[Crossing],
    facts: Facts,
    shown: ExponentRange,
    *,
    total: int,
    notes: tuple[str, ...],
) -> Sheet:
    """Return the sheet of the pairs that change places within `shown`."""
    names = labels(board)
    rows = tuple((names[c.row], names[c.rival], _crossings(c, shown)) for c in pairs)
    note = (
        ""
        if not treatment.mixed
        else "the columns change at p = 0; this is not counted as a crossing"
    )
    return Sheet(
        facts=(*facts, ("pairs that cross", f"{len(rows)} of {total}")),
        notes=notes,
        sections=(
            Section(
                title=f"pairs that change places for p in {shown}",
                header=("model", "and", "cross at"),
                numeric=(False, False, False),
                rows=rows,
                note=note,
            ),
        ),
    )


def _crossings(crossing: Crossing, shown: ExponentRange | None = None) -> str:
    """Return the exponents at which two models cross, as text."""
    exponents = [f"{p:.4f}" for p in crossing.exponents if shown is None or p in shown]
    exponents += [f"{p:.4f} (touch)" for p in crossing.touches if shown is None or p in shown]
    return ", ".join(exponents)


def _about(
    board: Board, treatment: Treatment, shown: ExponentRange
) -> tuple[Facts, dict[str, Any], tuple[str, ...]]:
    pieces_of_board = pieces(board, treatment)
    n = int(np.any([piece.matrix.complete for piece in pieces_of_board], axis=0).sum())
    columns = max(len(piece.matrix.columns) for piece in pieces_of_board)
    notes = tuple(dict.fromkeys(note for piece in pieces_of_board for note in piece.matrix.notes))
    about = about_board(board, treatment, None, n_models=n, n_columns=columns, notes=notes)
    facts = (
        ("board", board.title or board.name),
        ("snapshot", board.snapshot),
        ("treatment", treatment.name),
        ("mean", "every power mean"),
        ("p", str(shown)),
        ("n", size_of(n, len(board.models), columns)),
    )
    return facts, {**about, "mean": "every power mean", "p": str(shown)}, notes


def _ends(part: ExponentRange) -> dict[str, Any]:
    return {
        "p_low": part.low,
        "p_high": part.high,
        "has_low": part.has_low,
        "has_high": part.has_high,
    }


def _against(names: Sequence[str], crossing: Crossing) -> dict[str, Any]:
    return {
        "rival": names[crossing.rival],
        "crossings": list(crossing.exponents),
        "touches": list(crossing.touches),
        "at_most": crossing.most,
        "above": [_ends(part) for part in crossing.above],
        "below": [_ends(part) for part in crossing.below],
    }
