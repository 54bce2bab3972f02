"""One table: what was measured, how long it took, and how that compares."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple


class Row(NamedTuple):
    """One side of one comparison.

    Attributes:
        benchmark: What was done.
        side: Who did it.
        seconds: Wall-clock time, best of the rounds.
        ratio: To the side it is compared with.
        target: The ratio it should reach; negative: should not pass.
        note: Anything else worth knowing.
    """

    benchmark: str
    side: str
    seconds: float
    ratio: float
    target: float | None
    note: str


def line(row: Row) -> str:
    """Return a row as one line."""
    return (
        f"{row.benchmark:<24} {row.side:<34} {row.seconds:>9.3f} s {row.ratio:>7.2f}x  "
        f"{_verdict(row):<22} {row.note}"
    ).rstrip()


def missed(rows: Iterable[Row]) -> list[Row]:
    """Return the rows that miss their target."""
    return [row for row in rows if row.target is not None and not _reached(row)]


def _reached(row: Row) -> bool:
    assert row.target is not None
    return row.ratio >= row.target if row.target > 0 else row.ratio <= -row.target


def _verdict(row: Row) -> str:
    if row.target is None:
        return ""
    bound = f"{'at least' if row.target > 0 else 'at most'} {abs(row.target):.1f}x"
    return f"{bound}: {'yes' if _reached(row) else 'MISSED'}"
