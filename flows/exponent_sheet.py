"""What one model's place is under every exponent, as a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.averaging import Board, Treatment
from evaluators.averaging.crossing import Crossing
from evaluators.averaging.exponent_sets import ExponentRange, ExponentSet
from evaluators.averaging.rows import labels
from evaluators.averaging.standing import Standing
from flows.sheet import Section, Sheet

Facts = tuple[tuple[str, str], ...]


def standing_sheet(
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
        standing: Of the model.
        facts: What the output is about.
        shown: The exponents whose ranks are shown; the sets are whole.
        rivals: Whom to compare with, in the order shown.
        left_out: Rows without a mean under any exponent, and why.
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
            exponents(by_rival[rival]),
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


def pairs_sheet(
    board: Board,
    treatment: Treatment,
    pairs: Sequence[Crossing],
    facts: Facts,
    shown: ExponentRange,
    *,
    total: int,
    notes: tuple[str, ...],
) -> Sheet:
    """Return the pairs that change places somewhere in `shown`, of a total compared."""
    names = labels(board)
    rows = tuple((names[c.row], names[c.rival], exponents(c, shown)) for c in pairs)
    note = "" if not treatment.mixed else "at p = 0 the columns change, which is no crossing"
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


def exponents(crossing: Crossing, shown: ExponentRange | None = None) -> str:
    """Return where two models cross, in words."""
    found = [f"{p:.4f}" for p in crossing.exponents if shown is None or p in shown]
    found += [f"{p:.4f} (touch)" for p in crossing.touches if shown is None or p in shown]
    return ", ".join(found)
