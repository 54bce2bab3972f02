"""Build a board from a draft, or list all of its problems."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from evaluators.averaging import Board, Column
from evaluators.names import nearest
from flows.boards.board_file import repeated, suspect_cells
from flows.boards.foreign_files import Problems, another_scale, beyond
from flows.boards.metrics import metric_facts, phrase_facts
from flows.boards.spec import ColumnSpec, SnapshotSpec
from flows.errors import LeaderboardError
from flows.importers._columns import describe, infer_unit
from flows.importers._directions import nothing_left
from flows.importers._draft import (
    ALL,
    Asked,
    Draft,
    DraftRow,
    Imported,
    few,
    many,
    validate_width,
)
from flows.importers._facts import facts_of
from flows.importers._identity import chosen_rows
from flows.importers._training_steps import with_training_steps


def check_scores(
    rows: Sequence[DraftRow],
    columns: Sequence[ColumnSpec],
    doubtful: set[str],
    problems: Problems,
) -> None:
    """Report invalid scores, scores beyond their unit, and rows on another scale."""
    for row in rows:
        scored = [(c, row.scores[c.name]) for c in columns if c.name in row.scores]
        for column, score in scored:
            place = f"{row.where}, {column.name}"
            if not math.isfinite(score):
                problems.add(place, f"{score} is not a score; leave the cell empty")
            elif column.unit_max and abs(score) > column.unit_max and not column.above_unit:
                problems.add(place, beyond(score, column.unit_max))
        in_units = [(c.unit_max or 0, score) for c, score in scored if c.unit_max != math.inf]
        units = [unit for unit, _ in in_units]
        small = all(abs(score) <= 1 for _, score in in_units) and any(s for _, s in in_units)
        low = len(units) > 1 and min(units) > 2 and small  # zeros alone fit any scale
        if low and row.model not in doubtful and not row.suspect and not row.unread:
            hint = f" with --suspect {row.model!r}"
            problems.add(row.where, another_scale(max(units)) + hint)


def check_models(
    rows: Sequence[DraftRow],
    asked: Asked,
    snapshot: SnapshotSpec | None,
    problems: Problems,
    notes: list[str],
) -> None:
    """Report options that name no model, and models that appear twice unexpectedly."""
    models = [row.model for row in rows]
    for option, names in (
        ("human", asked.human),
        ("repeated", asked.repeated),
        ("suspect", asked.suspect),
    ):
        for name in names:
            if name not in models and not (option == "repeated" and name == ALL):
                problems.add("", f"--{option} {name}: unknown model{_near(name, models)}")
    allowed = {*asked.repeated, *(snapshot.repeated_models if snapshot else ())}
    duplicates = repeated([(row.model, row.where.split(" (")[0]) for row in rows])
    for model, places in duplicates.items():
        if model not in allowed and ALL not in allowed:
            problems.add(
                "",
                f"{len(places)} rows named {model!r} ({few(places)}); if each is a"
                f" submission of its own, give --repeated {model!r} (or --repeated {ALL})",
            )
    if duplicates:
        notes.append(
            f"{many(len(duplicates), 'model')} with several rows, each a submission of its own:"
            f" {few(duplicates)}"
        )


def _is_text(name: str) -> bool:
    """Return whether the store can hold a name; JSON can escape what UTF-8 cannot."""
    try:
        return b"\0" not in name.encode()
    except UnicodeEncodeError:
        return False


def _near(name: str, models: Sequence[str]) -> str:
    near = nearest(name, dict.fromkeys(models))
    return "" if near.startswith(": known") and len(models) > 20 else near


def build(draft: Draft, asked: Asked, problems: Problems, *, source: str) -> Imported:
    """Return the board of a draft.

    Args:
        draft: The columns and rows that the format read.
        asked: The options that all formats share.
        problems: Problems that the format noted already; all are raised together.
        source: Where the numbers are from, if the options do not say.

    Raises:
        LeaderboardError: If anything is wrong; nothing is then taken.
    """
    validate_width(len(draft.columns), problems)
    notes = list(draft.notes)
    chosen = chosen_rows(draft.rows, asked, problems, notes)
    draft = replace(draft, rows=with_training_steps(chosen, asked, problems, notes))
    columns, column_notes = describe(draft.columns, asked, problems)
    notes += column_notes
    if not columns or not draft.rows:
        empty = "the file has no column of scores" if draft.rows else "the file has no rows"
        problems.add("", nothing_left(notes) or empty)
    for name in [*(row.model for row in draft.rows), *(column.name for column in columns)]:
        if not _is_text(name):
            problems.add(name[:60], "a name must be text without NUL and lone surrogates")
    snapshot = None if asked.spec is None else asked.spec.snapshots.get(asked.snapshot)
    columns = _with_units(columns, draft.rows, asked, problems, notes)
    doubtful = {flag.model for flag in snapshot.suspect if flag.column is None} if snapshot else ()
    check_scores(draft.rows, columns, {*asked.suspect, *doubtful}, problems)
    check_models(draft.rows, asked, snapshot, problems, notes)
    board_source = asked.source or (snapshot.source if snapshot else "") or source
    facts = facts_of(draft.rows, board_source, asked, problems, notes)
    problems.stop_if_any()
    values = np.array([[row.scores.get(c.name, math.nan) for c in columns] for row in draft.rows])
    suspect = _suspect(draft.rows, columns, values, asked, snapshot, problems)
    human = [row.is_human or row.model in asked.human for row in draft.rows]
    board = Board(
        name=asked.board,
        snapshot=asked.snapshot,
        models=tuple(row.model for row in draft.rows),
        columns=tuple(_column(column) for column in columns),
        values=values,
        is_human=tuple(human),
        submitted_by=tuple(row.submitted_by for row in draft.rows),
        published=np.array(
            [math.nan if row.published is None else row.published for row in draft.rows]
        ),
        suspect=suspect,
        title=(asked.spec or asked.known or draft).title or asked.board,
        sources=tuple(
            f"{board_source}: {row.source}" if row.source else board_source for row in draft.rows
        ),
        notes=" ".join(f"{note.rstrip('.')}." for note in notes),
        facts=facts,
    )
    return Imported(
        board=board,
        source=board_source,
        licence=asked.licence or (snapshot.licence if snapshot else ""),
        dated=snapshot.dated if snapshot else "",
        notes=tuple(notes),
    )


def _with_units(
    columns: Sequence[ColumnSpec],
    rows: Sequence[DraftRow],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> list[ColumnSpec]:
    spec = asked.spec or asked.known
    unit = asked.unit or (spec.unit_max if spec and math.isfinite(spec.unit_max) else None)
    if unit is None:
        columns = [_with_own_unit(column, rows, notes) for column in columns]
    without_unit = [column.name for column in columns if column.unit_max is None]
    if unit is None and without_unit:
        scores = {n: [r.scores[n] for r in rows if n in r.scores] for n in without_unit}
        unread = {name for row in rows for name in row.unread if name in scores}
        if unread:  # those cells might decide the unit, so only report doubts about the others
            complete = {name: values for name, values in scores.items() if name not in unread}
            if any(abs(score) > 1 for values in complete.values() for score in values):
                infer_unit(complete, problems)
            return list(columns)
        if not any(scores.values()):
            problems.add("", "the file has no scores")
            return list(columns)
        unit = infer_unit(scores, problems)
        if unit is not None:
            range_ = "no score exceeds 1" if unit == 1 else "every column exceeds 1, none 100"
            notes.append(f"a perfect score is taken to be {unit:g}: {range_}")
    return [
        column if column.unit_max else column.model_copy(update={"unit_max": unit})
        for column in columns
    ]


def _with_own_unit(column: ColumnSpec, rows: Sequence[DraftRow], notes: list[str]) -> ColumnSpec:
    """Return a column of which less is better with a unit of its own.

    Errors say nothing of the scores' unit, and may exceed it, as a word error rate of 120 %. What
    may be anything beyond 100 has no unit.
    """
    values = [row.scores[column.name] for row in rows if column.name in row.scores]
    if column.higher_is_better or column.unit_max or not values:
        return column
    largest = max(map(abs, values))
    unit = 1 if largest <= 1 else 100
    above = largest > unit
    facts = phrase_facts(column.task) or metric_facts(column.metric)
    if above and not (facts and facts.rate):
        notes.append(f"{column.name} exceeds 100 and is taken to have no upper bound")
        return column.model_copy(update={"unit_max": math.inf})
    notes.append(f"of {column.name} the unit is taken to be {unit}{', exceeded' if above else ''}")
    return column.model_copy(update={"unit_max": unit, "above_unit": above})


def _suspect(
    rows: Sequence[DraftRow],
    columns: Sequence[ColumnSpec],
    values: np.ndarray,
    asked: Asked,
    snapshot: SnapshotSpec | None,
    problems: Problems,
) -> Mapping[tuple[int, int], str]:
    reasons = {
        (i, j): row.suspect or "flagged at import: not to be trusted as printed"
        for i, row in enumerate(rows)
        for j in range(len(columns))
        if (row.suspect or row.model in asked.suspect) and not math.isnan(values[i, j])
    }
    for i, row in enumerate(rows):
        reasons |= {
            (i, j): row.partial[c.name] for j, c in enumerate(columns) if c.name in row.partial
        }
    if snapshot is not None:
        names = [column.name for column in columns]
        scores = [[None if math.isnan(x) else x for x in row] for row in values.tolist()]
        models = [row.model for row in rows]
        try:
            reasons |= suspect_cells(snapshot.suspect, names, models, scores, "the column spec")
        except LeaderboardError as error:
            problems.add("", str(error))
            problems.stop_if_any()
    return reasons


def _column(column: ColumnSpec) -> Column:
    return Column(
        name=column.name,
        task=column.task,
        metric=column.metric,
        role=column.role,
        split_of=column.split_of,
        type=column.type,
        unit_max=float(column.unit_max or 0),
        higher_is_better=column.higher_is_better,
        languages=column.languages,
    )
