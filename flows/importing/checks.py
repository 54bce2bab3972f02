"""What makes the rows of a draft no board: impossible scores, unknown or doubled models."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evaluators.names import nearest
from flows.board_cells import another_scale, beyond
from flows.board_spec import ColumnSpec, SnapshotSpec
from flows.board_table import repeated
from flows.importing.draft import ALL, Asked, DraftRow
from flows.importing.words import few, many
from flows.problem_list import Problems


def check_scores(
    rows: Sequence[DraftRow],
    columns: Sequence[ColumnSpec],
    doubtful: set[str],
    problems: Problems,
) -> None:
    """Note scores that are none, or beyond their unit, and rows on another scale."""
    for row in rows:
        given = [(c, row.scores[c.name]) for c in columns if c.name in row.scores]
        for column, score in given:
            where = f"{row.where}, {column.name}"
            if not math.isfinite(score):
                problems.add(where, f"{score} is no score; leave the cell out")
            elif column.unit_max and abs(score) > column.unit_max and not column.above_unit:
                problems.add(where, beyond(score, column.unit_max))
        units = [column.unit_max or 0 for column, _ in given]
        small = all(abs(score) <= 1 for _, score in given) and any(score for _, score in given)
        low = len(given) > 1 and min(units) > 2 and small  # noughts alone are of any scale
        if low and row.model not in doubtful and not row.suspect and not row.unread:
            more = f" with --suspect {row.model!r}"
            problems.add(row.where, another_scale(max(units)) + more)


def check_models(
    rows: Sequence[DraftRow],
    asked: Asked,
    snapshot: SnapshotSpec | None,
    problems: Problems,
    notes: list[str],
) -> None:
    """Note options that name no model, and models that appear twice unasked."""
    models = [row.model for row in rows]
    for option, wanted in (
        ("human", asked.human),
        ("repeated", asked.repeated),
        ("suspect", asked.suspect),
    ):
        for name in wanted:
            if name not in models and not (option == "repeated" and name == ALL):
                problems.add("", f"--{option} {name}: there is no such model{_near(name, models)}")
    allowed = {*asked.repeated, *(snapshot.repeated_models if snapshot else ())}
    twice = repeated([(row.model, row.where.split(" (")[0]) for row in rows])
    for model, places in twice.items():
        if model not in allowed and ALL not in allowed:
            problems.add(
                "",
                f"{len(places)} rows named {model!r} ({few(places)}); if each is a"
                f" submission of its own, say --repeated {model!r} (or --repeated {ALL})",
            )
    if twice:
        notes.append(
            f"{many(len(twice), 'model')} with several rows, each a submission of its own:"
            f" {few(twice)}"
        )


def _near(name: str, models: Sequence[str]) -> str:
    near = nearest(name, dict.fromkeys(models))
    return "" if near.startswith(": known") and len(models) > 20 else near
