"""What is known of an import's columns: what a person names, what earlier snapshots say."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.names import nearest
from flows.board_spec import BoardSpec, ColumnSpec, read_spec
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.averaging import Board


def earlier(store: Store, board: str, snapshot: str) -> BoardSpec | None:
    """Return what the other snapshots of a board say of its columns, None where it is new."""
    from flows.board_files import ROOT, boards
    from flows.board_store import stored_board, stored_boards

    if board in boards():
        spec = read_spec(ROOT / board / "board.yaml")
        return spec.model_copy(update={"snapshots": {}})
    columns: dict[str, ColumnSpec] = {}
    title = ""
    for other in stored_boards(store).get(board, ()):
        if other == snapshot:
            continue  # it will be superseded, mistakes and all
        found = stored_board(store, board, other)
        title = found.title
        columns |= {spec.name: spec for spec in _specs(found)}
    if not columns:
        return None
    unit = max(column.unit_max or 0 for column in columns.values())
    return BoardSpec(name=board, title=title, unit_max=unit, columns=tuple(columns.values()))


def column_spec(said: str, store: Store) -> BoardSpec:
    """Return what a file says of columns, or a known board where there is no such file.

    Args:
        said: Path of a `board.yaml`, or the name of a bundled, imported or measured board.
        store: Where imported and measured boards are.

    Raises:
        LeaderboardError: If it is neither, or the file is faulty.
        StoreError: If the store cannot be read.
    """
    from flows.leaderboards import known_boards

    path = Path(said)
    if path.is_file():
        return read_spec(path)
    spec = earlier(store, said, "")
    if spec is not None:
        return spec
    if path.exists() or path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return read_spec(path)  # refuses it, saying why
    raise LeaderboardError(
        f"--column-spec {said}: neither a file nor a board{nearest(said, known_boards(store))}"
    )


def _specs(board: Board) -> list[ColumnSpec]:
    return [
        ColumnSpec(
            name=column.name,
            task=column.task,
            metric=column.metric,
            role=column.role,
            split_of=column.split_of,
            unit_max=column.unit_max,
            higher_is_better=column.higher_is_better,
            above_unit=bool((abs(board.values[:, j]) > column.unit_max).any()),
        )
        for j, column in enumerate(board.columns)
    ]
