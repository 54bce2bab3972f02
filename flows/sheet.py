"""What a command prints about a leaderboard: facts, notes, tables, and who was left out and why."""

from __future__ import annotations

from dataclasses import dataclass

from evaluators.averaging import Board, Treatment, mean_name


@dataclass(frozen=True)
class Section:
    """One table.

    Attributes:
        title: What it shows; empty where the sheet has one table that needs no title.
        header: Column names.
        numeric: Which columns hold numbers.
        rows: Cells as text.
        note: What is to be said under it.
    """

    title: str
    header: tuple[str, ...]
    numeric: tuple[bool, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True)
class Sheet:
    """What a person reads.

    Attributes:
        facts: Board, snapshot, treatment, mean, p and n; never left out.
        notes: What else must be said.
        sections: The tables, the main one first.
        left_out: (model, why) of each row without a rank.
    """

    facts: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    sections: tuple[Section, ...]
    left_out: tuple[tuple[str, str], ...] = ()


def about_board(
    board: Board,
    treatment: Treatment,
    p: float | None,
    *,
    n_models: int,
    n_columns: int,
    notes: tuple[str, ...] = (),
) -> dict[str, object]:
    """Return what an output is about, as the plain values every record of it carries.

    Args:
        board: The leaderboard.
        treatment: What was done to its cells.
        p: Exponent of the mean; None where the output is about none or about several.
        n_models: How many rows took part.
        n_columns: How many columns took part.
        notes: What must be said.
    """
    return {
        "board": board.name,
        "snapshot": board.snapshot,
        "treatment": treatment.name,
        "mixed": treatment.mixed,
        "mean": None if p is None else mean_name(p),
        "p": p,
        "n_models": n_models,
        "n_columns": n_columns,
        "notes": "; ".join(notes),
    }


def size_of(ranked: int, models: int, columns: int) -> str:
    """Return n in words: how many rows of how many have a rank, over how many columns."""
    rows = f"{ranked} of {models} model" if models == 1 else f"{ranked} of {models} models"
    return f"{rows} over {columns} column" if columns == 1 else f"{rows} over {columns} columns"


def facts_of(
    board: Board, treatment: Treatment, ps: tuple[float, ...], *, n: str
) -> tuple[tuple[str, str], ...]:
    """Return the facts of a sheet about one board.

    Args:
        board: The leaderboard.
        treatment: What was done to its cells.
        ps: Exponents, in the order shown.
        n: How many models over how many columns, in words.
    """
    return (
        ("board", board.title or board.name),
        ("snapshot", board.snapshot),
        ("treatment", treatment.name),
        ("mean", ", ".join(mean_name(p) for p in ps)),
        ("p", ", ".join(f"{p:g}" for p in ps)),
        ("n", n),
    )
