"""The leaderboards that ship with the project, read from their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from evaluators.averaging import Board, Column
from evaluators.names import nearest
from flows.board_spec import BoardSpec, SuspectSpec, read_spec
from flows.board_table import read_table
from flows.bundled import bundled
from flows.errors import LeaderboardError

ROOT = bundled("data", "leaderboards")
"""One folder a board: `board.yaml` and one `<snapshot>.csv` each."""


def boards(root: Path = ROOT) -> Mapping[str, tuple[str, ...]]:
    """Return the snapshots, oldest first, of every board by name."""
    return {
        spec.parent.name: tuple(sorted(file.stem for file in spec.parent.glob("*.csv")))
        for spec in sorted(root.glob("*/board.yaml"))
    }


def read_board(name: str, snapshot: str | None = None, *, root: Path = ROOT) -> Board:
    """Read one snapshot of a board.

    Args:
        name: `superglue`, `glue` …; see `boards`.
        snapshot: `2021`, `2022-01` …; the latest where None.
        root: The folder of the boards.

    Raises:
        LeaderboardError: If there is no such board or snapshot, or its files are faulty.
    """
    spec, taken = find_board(name, snapshot, root=root)
    columns, rows = read_table(root / name / f"{taken}.csv", spec, spec.snapshots[taken])
    return Board(
        name=spec.name,
        snapshot=taken,
        models=tuple(row.model for row in rows),
        columns=tuple(
            Column(
                name=column.name,
                task=column.task,
                metric=column.metric,
                role=column.role,
                split_of=column.split_of,
                unit_max=column.unit_max or spec.unit_max,
                higher_is_better=column.higher_is_better,
            )
            for column in columns
        ),
        values=np.array([[np.nan if s is None else s for s in row.scores] for row in rows]),
        is_human=tuple(row.is_human for row in rows),
        submitted_by=tuple(row.submitted_by for row in rows),
        published=np.array([np.nan if r.published is None else r.published for r in rows]),
        suspect=suspect_cells(
            spec.snapshots[taken].suspect,
            [column.name for column in columns],
            [row.model for row in rows],
            [row.scores for row in rows],
            root / name / "board.yaml",
        ),
        title=spec.title,
        sources=tuple(row.source for row in rows),
        notes=" ".join(note for note in (spec.notes, spec.snapshots[taken].notes) if note),
    )


def find_board(
    name: str, snapshot: str | None = None, *, root: Path = ROOT
) -> tuple[BoardSpec, str]:
    """Return what a board says of itself, and the snapshot asked for or the latest one.

    Raises:
        LeaderboardError: If there is no such board or snapshot, with what there is.
    """
    known = boards(root)
    if name not in known:
        raise LeaderboardError(f"no leaderboard {name!r}{nearest(name, known)}")
    if not known[name]:
        raise LeaderboardError(f"{root / name} has no snapshot: add a <snapshot>.csv")
    taken = snapshot or known[name][-1]
    if taken not in known[name]:
        raise LeaderboardError(f"{name} has no snapshot {taken!r}; it has {', '.join(known[name])}")
    spec = read_spec(root / name / "board.yaml")
    if taken not in spec.snapshots:
        raise LeaderboardError(
            f"{root / name / 'board.yaml'} does not say where snapshot {taken!r} comes from;"
            " add it under snapshots"
        )
    return spec, taken


def suspect_cells(
    flags: Sequence[SuspectSpec],
    names: Sequence[str],
    models: Sequence[str],
    scores: Sequence[Sequence[float | None]],
    place: object,
) -> dict[tuple[int, int], str]:
    """Return the reasons by cell; each flag must still fit the cell it was made for.

    Args:
        flags: What is flagged.
        names: Column names.
        models: Model of each row.
        scores: Rows of scores, None where missing.
        place: What carries the flags, for messages.

    Raises:
        LeaderboardError: If a flag fits no cell, or several where it means one.
    """
    reasons = {}
    for flag in flags:
        places = [
            (i, j)
            for i, model in enumerate(models)
            for j, column in enumerate(names)
            if model == flag.model and flag.column in (None, column)
            if scores[i][j] is not None and flag.value in (None, scores[i][j])
        ]
        if not places or (flag.column is not None and len(places) > 1):
            cell = "any score" if flag.column is None else f"{flag.column} = {flag.value}"
            raise LeaderboardError(
                f"{place} flags {flag.model!r}, {cell} as suspect, but the snapshot has"
                f" {len(places)} such cells"
            )
        reasons.update(dict.fromkeys(places, flag.reason))
    return reasons
