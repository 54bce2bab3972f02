"""What the columns of an import are: as declared, as earlier snapshots say, as the format says."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.names import nearest
from flows.board_spec import BoardSpec, ColumnSpec
from flows.importing.draft import Asked, DraftColumn
from flows.problem_list import Problems


def describe(
    columns: Sequence[DraftColumn], asked: Asked, problems: Problems
) -> tuple[list[ColumnSpec], list[str]]:
    """Return a description of each column that is kept, and what is to be said about it.

    `unit_max` is None in a description where nobody said what a perfect score is.
    """
    declared, known = _by_name(asked.spec), _by_name(asked.known)
    names = [column.name for column in columns]
    for name in asked.ignore:
        if name not in names:
            problems.add("", f"--ignore {name}: there is no such column{nearest(name, names)}")
    kept = []
    for column in columns:
        if column.name in asked.ignore:
            continue
        said, before = declared.get(column.name), known.get(column.name)
        if asked.spec is not None and said is None:
            problems.add(
                "",
                f"column {column.name!r} is not in the column spec"
                f"{nearest(column.name, declared)}; describe it there, or --ignore it",
            )
        elif asked.known is not None and said is None and before is None and not asked.new_columns:
            problems.add(
                "",
                f"column {column.name!r} is on no earlier snapshot of {asked.board}"
                f"{nearest(column.name, known)}; --ignore it, or say --new-columns",
            )
        elif said is not None and before is not None and _what(said) != _what(before):
            problems.add(
                "",
                f"the column spec says of {column.name!r} {_what(said)}, earlier snapshots of"
                f" {asked.board} say {_what(before)}: a board's columns keep their meaning; import"
                " under another name",
            )
        kept.append(said or before or _own(column))
    if asked.known is not None and asked.unit is not None and asked.unit != asked.known.unit_max:
        problems.add(
            "",
            f"--unit {asked.unit:g}, but a perfect score on earlier snapshots of {asked.board} is"
            f" {asked.known.unit_max:g}: bring the file to that unit",
        )
    if asked.spec is not None and asked.unit not in (None, asked.spec.unit_max):
        problems.add(
            "", f"--unit {asked.unit:g}, but the column spec says {asked.spec.unit_max:g}: say one"
        )
    missing = [name for name in known if name not in names]
    notes = [f"ignored, as asked: {', '.join(asked.ignore)}"] if asked.ignore else []
    if missing:
        notes.append(f"columns of earlier snapshots that this one lacks: {', '.join(missing)}")
    return kept, notes


def _by_name(spec: BoardSpec | None) -> dict[str, ColumnSpec]:
    """Return a board's columns, each with its unit filled in."""
    if spec is None:
        return {}
    return {
        column.name: column.model_copy(update={"unit_max": column.unit_max or spec.unit_max})
        for column in spec.columns
    }


def _own(column: DraftColumn) -> ColumnSpec:
    return ColumnSpec(
        name=column.name,
        task=column.task,
        metric=column.metric,
        split_of=column.split_of,
        unit_max=column.unit_max,
    )


def _what(column: ColumnSpec) -> str:
    parts = column.model_dump(exclude={"name", "above_unit"}, exclude_none=True)
    return ", ".join(f"{key} {value}" for key, value in parts.items())
