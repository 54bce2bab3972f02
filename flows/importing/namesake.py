"""Whether a table's columns are named as those of a board that ships with rankcheck."""

from __future__ import annotations

from collections.abc import Sequence

from flows.board_files import ROOT, boards
from flows.board_spec import ColumnSpec, read_spec


def namesake(names: Sequence[str]) -> list[str]:
    """Return a note naming the bundled board that most of these columns are named after.

    At least two names, half of the table's and half of the board's must be the same, and the board
    must say more of them than that each is a task of its own: else there is no note.
    """
    best: tuple[int, int, str] | None = None
    for board in boards():
        columns = read_spec(ROOT / board / "board.yaml").columns
        same = [column for column in columns if column.name in names]
        enough = len(same) >= max(2, len(columns) / 2, len(names) / 2)
        if enough and any(_says_more(column) for column in same):
            fit = (len(same), -len(columns), board)
            best = fit if best is None or fit[:2] > best[:2] else best
    if best is None:
        return []
    count, _, board = best
    which = "columns" if count == len(names) else f"{count} of {len(names)} columns"
    return [f"{which} are named as {board}'s: --column-spec {board} uses its tasks and diagnostics"]


def _says_more(column: ColumnSpec) -> bool:
    own = column.task == column.name and column.split_of is None
    return not own or column.role != "main" or not column.higher_is_better
