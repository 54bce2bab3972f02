"""Describe the columns of an import: declared, known or inferred."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.names import nearest
from flows.boards.board_file import ROOT, boards
from flows.boards.foreign_files import Problems
from flows.boards.spec import BoardSpec, ColumnSpec, read_spec
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, DraftColumn

if TYPE_CHECKING:
    from db.store import Store
    from evaluators.averaging import Board


_ASK = (
    "give --unit 1 or --unit 100, --metric-unit NAME=1 or NAME=100 for some of them, or unit_max"
    " for each column in --column-spec"
)


def read_units(pairs: Sequence[str]) -> dict[str, float]:
    """Return the perfect scores that the user said, by the name of a metric or column.

    Args:
        pairs: `NAME=1` or `NAME=100`.

    Raises:
        LeaderboardError: One is not like that.
    """
    units = {}
    for pair in pairs:
        name, _, unit = pair.rpartition("=")
        if not name or unit not in ("1", "100"):
            raise LeaderboardError(f"--metric-unit {pair}: must be NAME=1 or NAME=100")
        units[name] = float(unit)
    return units


def infer_unit(scores: Mapping[str, Sequence[float]], problems: Problems) -> float | None:
    """Return 1 if all columns can only be proportions, 100 if only percentages.

    Args:
        scores: The scores of each column in question, any number of them.
        problems: Receives any doubt about the unit; None is then returned.
    """
    largest = {name: max(map(abs, values)) for name, values in scores.items() if any(values)}
    above = {name: top for name, top in largest.items() if top > 100}
    if above:
        name, top = max(above.items(), key=lambda item: item[1])
        problems.add(
            name,
            f"{top:g} is beyond 100: describe the column in --column-spec with its unit_max, or"
            " above_unit: true where a score may exceed it, or leave it out with --ignore",
        )
        return None
    small = [name for name, top in largest.items() if top <= 1]
    if not small and largest:
        return 100.0
    if len(small) < len(largest):
        problems.add(
            "",
            f"the columns {', '.join(small[:5])}{' …' if len(small) > 5 else ''} never exceed 1 and"
            f" the other {len(largest) - len(small)} do: proportions beside per cent, or low"
            f" scores? {_ASK}",
        )
        return None
    if all(float(score).is_integer() for values in scores.values() for score in values):
        problems.add("", f"every score is 0, 1 or -1, which does not determine the unit: {_ASK}")
        return None
    return 1.0


def namesake(names: Sequence[str]) -> list[str]:
    """Return a note on the bundled board that most of these columns belong to.

    At least two names, half of the table's and half of the board's must be the same, and the board
    must do more than declare each a task of its own; otherwise there is no note.
    """
    best: tuple[int, int, str] | None = None
    for board in boards():
        columns = _bundled_columns(ROOT / board)
        same = [column for column in columns if column.name in names]
        enough = len(same) >= max(2, len(columns) / 2, len(names) / 2)
        if enough and any(_says_more(column) for column in same):
            fit = (len(same), -len(columns), board)
            best = fit if best is None or fit[:2] > best[:2] else best
    if best is None:
        return []
    count, _, board = best
    subject = "columns" if count == len(names) else f"{count} of {len(names)} columns"
    return [
        f"{subject} are named as {board}'s: --column-spec {board} uses its tasks and diagnostics"
    ]


@cache
def _bundled_columns(board: Path) -> Sequence[ColumnSpec]:
    return read_spec(board / "board.yaml").columns


def _says_more(column: ColumnSpec) -> bool:
    own = column.task == column.name and column.split_of is None
    return not own or column.role != "main" or not column.higher_is_better


def earlier(store: Store, board: str, snapshot: str) -> BoardSpec | None:
    """Return the column spec of a board's other snapshots, or None."""
    from flows.boards.stored import stored_board, stored_boards

    if board in boards():
        spec = read_spec(ROOT / board / "board.yaml")
        return spec.model_copy(update={"snapshots": {}})
    columns: dict[str, ColumnSpec] = {}
    title = ""
    for other in stored_boards(store).get(board, ()):
        if other == snapshot:
            continue  # it will be superseded, mistakes and all
        stored = stored_board(store, board, other)
        title = stored.title
        columns |= {spec.name: spec for spec in _specs(stored)}
    if not columns:
        return None
    units = [column.unit_max for column in columns.values() if column.unit_max]
    unit = max(filter(math.isfinite, units), default=math.inf)  # inf: every column is a cost
    return BoardSpec(name=board, title=title, unit_max=unit, columns=tuple(columns.values()))


def column_spec(path_or_name: str, store: Store) -> BoardSpec:
    """Return the column spec of a file, or of a known board if no such file exists.

    Args:
        path_or_name: Path of a `board.yaml`, or the name of a bundled, imported or measured board.
        store: Where imported and measured boards are.

    Raises:
        LeaderboardError: If it is neither, or the file is faulty.
        StoreError: If the store cannot be read.
    """
    from flows.boards.leaderboards import known_boards

    path = Path(path_or_name)
    if path.is_file():
        return read_spec(path)
    spec = earlier(store, path_or_name, "")
    if spec is not None:
        return spec
    if path.exists() or path.suffix in (".yaml", ".yml") or len(path.parts) > 1:
        return read_spec(path)  # refuses it, saying why
    raise LeaderboardError(
        f"--column-spec {path_or_name}: neither a file nor a board"
        f"{nearest(path_or_name, known_boards(store))}"
    )


def _specs(board: Board) -> list[ColumnSpec]:
    return [
        ColumnSpec(
            name=column.name,
            task=column.task,
            metric=column.metric,
            role=column.role,
            split_of=column.split_of,
            type=column.type,
            unit_max=column.unit_max,
            higher_is_better=column.higher_is_better,
            above_unit=bool((abs(board.values[:, j]) > column.unit_max).any()),
            languages=column.languages,
        )
        for j, column in enumerate(board.columns)
    ]


def describe(
    columns: Sequence[DraftColumn], asked: Asked, problems: Problems
) -> tuple[list[ColumnSpec], list[str]]:
    """Return a description of each imported column, and the notes about them.

    `unit_max` is None in a description if no source states the perfect score.
    """
    declared, known = _by_name(asked.spec), _by_name(asked.known)
    names = [column.name for column in columns]
    for name in asked.ignore:
        if name not in names:
            problems.add("", f"--ignore {name}: unknown column{nearest(name, names)}")
    for name in asked.units:
        known_names = {*names, *(column.metric for column in columns)}
        if name not in known_names:
            problems.add("", f"--metric-unit {name}: unknown metric{nearest(name, known_names)}")
    specs = []
    for column in columns:
        if column.name in asked.ignore:
            continue
        declared_spec, known_spec = declared.get(column.name), known.get(column.name)
        if asked.spec is not None and declared_spec is None:
            problems.add(
                "",
                f"column {column.name!r} is not in the column spec"
                f"{nearest(column.name, declared)}; describe it there, or --ignore it",
            )
        elif (
            asked.known is not None
            and declared_spec is None
            and known_spec is None
            and not asked.new_columns
        ):
            problems.add(
                "",
                f"column {column.name!r} is on no earlier snapshot of {asked.board}"
                f"{nearest(column.name, known)}; --ignore it, or give --new-columns",
            )
        elif (
            declared_spec is not None
            and known_spec is not None
            and _description(declared_spec) != _description(known_spec)
        ):
            problems.add(
                "",
                f"the column spec says of {column.name!r} {_description(declared_spec)}, earlier"
                f" snapshots of {asked.board} say {_description(known_spec)}: a board's columns"
                " keep their meaning; import under another name",
            )
        spec = declared_spec or known_spec or _inferred(column, asked)
        if column.languages and not spec.languages:
            spec = spec.model_copy(update={"languages": column.languages})
        specs.append(spec)
    known_unit = math.inf if asked.known is None else asked.known.unit_max
    if asked.unit not in (None, known_unit) and math.isfinite(known_unit):
        problems.add(
            "",
            f"--unit {asked.unit:g}, but a perfect score on earlier snapshots of {asked.board} is"
            f" {known_unit:g}: bring the file to that unit",
        )
    if asked.spec is not None and asked.unit not in (None, asked.spec.unit_max):
        problems.add(
            "", f"--unit {asked.unit:g}, but the column spec says {asked.spec.unit_max:g}: say one"
        )
    missing = [name for name in known if name not in names]
    notes = [f"ignored, as asked: {', '.join(asked.ignore)}"] if asked.ignore else []
    if missing:
        notes.append(f"columns of earlier snapshots that this one lacks: {', '.join(missing)}")
    return specs, notes


def _by_name(spec: BoardSpec | None) -> dict[str, ColumnSpec]:
    """Return a board's columns, each with its unit filled in."""
    if spec is None:
        return {}
    return {
        column.name: column.model_copy(update={"unit_max": column.unit_max or spec.unit_max})
        for column in spec.columns
    }


def _inferred(column: DraftColumn, asked: Asked) -> ColumnSpec:
    return ColumnSpec(
        name=column.name,
        task=column.task,
        metric=column.metric,
        split_of=column.split_of,
        type=column.type,
        unit_max=asked.units.get(column.name, asked.units.get(column.metric, column.unit_max)),
        higher_is_better=column.higher_is_better,
        languages=column.languages,
    )


def _description(column: ColumnSpec) -> str:
    # Languages do not change what a score means, and older snapshots lack them.
    parts = column.model_dump(exclude={"name", "above_unit", "languages"}, exclude_none=True)
    return ", ".join(f"{key} {value}" for key, value in parts.items())
