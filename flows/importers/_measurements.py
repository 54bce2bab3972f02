"""Make a draft of single measurements: a value of one model, as evaluated, on one task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows.boards.foreign_files import Problems
from flows.errors import LeaderboardError
from flows.importers._build import build
from flows.importers._directions import scores_only
from flows.importers._draft import (
    Asked,
    Draft,
    DraftColumn,
    Imported,
    Stated,
    each,
    many,
    named,
    validate_width,
)
from flows.importers._variants import rows_of, several_rows

UNNAMED = "score"
"""The metric of values of which the file names none; their columns are named by the task alone."""

Settings = Mapping[str, str]


@dataclass(frozen=True)
class Measurement:
    """One value.

    Attributes:
        where: Its place, for messages.
        model: The model, without what follows.
        task: What it was evaluated on.
        metric: The metric.
        value: The number.
        lower: Whether the file says that less is better; None where it says nothing.
        unit: The perfect score, None where the file does not say.
        variant: What makes another row of a model: revision, dtype, step of training …
        settings: How the task was run: shots, limit … Two of one model and column are two rows;
            between models they are compared.
        date: When it was measured, as text that sorts; empty where not stated.
        column: Name of the column, where the file gives one.
        split_of: The task of which this one is a split.
        facts: What the file states of the model beside scores, by the fact's name.
    """

    where: str
    model: str
    task: str
    metric: str
    value: float
    lower: bool | None = None
    unit: float | None = None
    variant: Settings = field(default_factory=dict)
    settings: Settings = field(default_factory=dict)
    date: str = ""
    column: str = ""
    split_of: str | None = None
    facts: Mapping[str, Stated] = field(default_factory=dict)


def flat_settings(content: Mapping[Any, Any], without: Iterable[str] = ()) -> dict[str, str]:
    """Return what is stated in a mapping as texts: not what is empty, a list or a mapping."""
    left_out = set(without)
    return {
        str(key): f"{value:g}" if isinstance(value, float) else str(value)
        for key, value in content.items()
        if isinstance(value, (str, int, float)) and value != "" and key not in left_out
    }


def read_each(
    files: Sequence[Path],
    root: Path,
    kind: str,
    read_one: Callable[[Path, str], list[Measurement]],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> tuple[list[Measurement], list[Path]]:
    """Read every file; skip and list those that are something else.

    Args:
        files: The files.
        root: The imported path: the file itself, or the folder that the files are in.
        kind: What a file should be, for messages.
        read_one: Reads a file, given its place below the root, or raises `LeaderboardError`.
        asked: `strict` refuses instead of skipping.
        problems: Receives what is refused.
        notes: Receives what is skipped.

    Returns:
        The measurements, and the files that they are from.
    """
    measurements: list[Measurement] = []
    used: list[Path] = []
    skipped: dict[str, str] = {}
    for file in each(files, "files read"):
        place = file.name if file == root else file.relative_to(root).as_posix()
        try:
            found = read_one(file, place)
        except LeaderboardError as error:
            skipped[place] = str(error).removeprefix(f"{file} ").removeprefix(f"{place} ")
            continue
        measurements += found
        used.append(file)
    if skipped and (asked.strict or not used):
        for place, reason in skipped.items():
            problems.add("" if len(files) == 1 else place, reason)
        problems.stop_if_any()
    if skipped:
        listed = asked.listed(f"{place} ({reason})" for place, reason in skipped.items())
        notes.append(f"{many(len(skipped), 'file')} skipped, not {kind} to import: {listed}")
    return measurements, used


def only_metrics(
    measurements: Sequence[Measurement], metric: Sequence[str], problems: Problems
) -> list[Measurement]:
    """Keep the metrics that were asked for, all if none were."""
    from evaluators.names import nearest

    known = {m.metric for m in measurements}
    for name in metric:
        if name not in known:
            problems.add("", f"--metric {name}: no score has that name{nearest(name, known)}")
    return [m for m in measurements if not metric or m.metric in metric]


def imported(
    measurements: Sequence[Measurement],
    files: Sequence[Path],
    path: Path,
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> Imported:
    """Build the board: a column a task and metric, a row a model as evaluated.

    Raises:
        LeaderboardError: With all problems.
    """
    columns = _columns(measurements, problems)
    problems.stop_if_any()
    names = {key: column.name for key, column in columns.items()}
    stated = {names[m.task, m.metric]: not m.lower for m in measurements if m.lower is not None}
    _agree_on_direction(measurements, names, problems)
    kept = scores_only(list(columns.values()), asked, problems, notes, stated=stated)
    used = {column.name for column in kept}
    selected = [m for m in measurements if names[m.task, m.metric] in used]
    rows = rows_of(selected, names, asked, problems, notes)
    notes += several_rows(rows, asked)
    return build(Draft(kept, rows, notes=notes), asked, problems, source=named(files, path))


def _columns(
    measurements: Sequence[Measurement], problems: Problems
) -> dict[tuple[str, str], DraftColumn]:
    """Return the columns by task and metric, sorted by name."""
    first: dict[tuple[str, str], Measurement] = {}
    for m in measurements:
        earlier = first.setdefault((m.task, m.metric), m)
        if None not in (earlier.unit, m.unit) and earlier.unit != m.unit:
            problems.add(
                m.where,
                f"a perfect score of {m.task} is {m.unit:g} here, and {earlier.unit:g} at"
                f" {earlier.where}: bring them to one unit",
            )
    validate_width(len(first), problems)
    columns, taken = {}, set[str]()
    for (task, metric), m in sorted(first.items()):
        name = m.column or (task if metric == UNNAMED else f"{task} {metric}")
        while name in taken:  # `a b` `c` beside `a` `b c`
            name = f"{name} ({metric})"
        taken.add(name)
        columns[task, metric] = DraftColumn(
            name, task, metric, split_of=m.split_of, unit_max=m.unit
        )
    return columns


def _agree_on_direction(
    measurements: Sequence[Measurement], names: Mapping[tuple[str, str], str], problems: Problems
) -> None:
    first: dict[str, Measurement] = {}
    for m in measurements:
        earlier = first.setdefault(names[m.task, m.metric], m)
        if None not in (m.lower, earlier.lower) and m.lower != earlier.lower:
            problems.add(
                m.where,
                f"says the opposite of {earlier.where} about which way is better for"
                f" {names[m.task, m.metric]}: mend one",
            )
