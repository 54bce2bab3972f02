"""Results of lm-evaluation-harness and lighteval: one JSON file, or a folder of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click

from flows.boards.foreign_files import Problems, read_json
from flows.errors import LeaderboardError
from flows.importers._build import build
from flows.importers._draft import (
    Asked,
    Draft,
    DraftColumn,
    DraftRow,
    Imported,
    each,
    files_of,
    many,
    named,
    validate_width,
)
from flows.importers._identity import chosen_rows
from flows.importers._lm_eval_facts import facts_of_row
from flows.importers._lm_eval_files import Result, no_result, result_of
from flows.importers._lm_eval_levels import left_out, level_notes, levels_of
from flows.importers._lm_eval_model import clean_path
from flows.importers._lm_eval_names import base_names
from flows.importers._lm_eval_rows import row_names, rows_of
from flows.importers._lm_eval_settings import SETTINGS, check_settings
from flows.importers._lm_eval_table import (
    columns_of,
    score_columns,
    scores_of,
    shots_note,
    table_of,
    with_scores,
)

OPTIONS = (
    click.Option(
        ["--level"],
        type=click.Choice(["top", "leaf"]),
        default="top",
        show_default=True,
        help="Import a group's own score if it has one (mmlu), or its single tasks.",
    ),
    click.Option(
        ["--metric"],
        multiple=True,
        help="Import only this metric (acc_norm, or exact_match,strict-match). Default: all"
        " that rank.",
    ),
    click.Option(
        ["--shots"],
        default="columns",
        show_default=True,
        metavar="columns|rows|N",
        help="Where a model has runs of one task with different shots: make each a column, or a"
        " row, or import only runs with N shots.",
    ),
    click.Option(
        ["--mixed-settings"],
        is_flag=True,
        help="Accept tasks that were run differently for different models: shots, version, limit,"
        " number of examples, prompt, task hash.",
    ),
)


def read(
    path: Path,
    asked: Asked,
    *,
    level: str = "top",
    metric: Sequence[str] = (),
    shots: str = "columns",
    mixed_settings: bool = False,
) -> Imported:
    """Read results: a column per task, metric and filter, and a row per model as evaluated.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), list[str]()
    asked = replace(asked, rename={clean_path(old): new for old, new in asked.rename.items()})
    results = _read_results(files_of(path, "*.json"), path, asked, problems, notes)
    source = named([path if path.is_file() else path / r.where for r in results], path)
    numbers = (metric for r in results for metrics in r.tasks.values() for metric in metrics)
    validate_width(len({number.column for number in numbers}), problems)
    if shots not in ("columns", "rows"):
        results = _with_shots(results, shots, problems, notes)
    names, replaced = base_names(results, asked, problems, notes)
    names = {r.where: names.get(r.where) or r.where for r in results}
    levels = levels_of(results)
    dropped = left_out(levels, level)
    rows = rows_of(results, names, dropped, shots == "rows", problems, notes, asked)
    if not rows:
        problems.stop_if_any()
    table = table_of(rows, row_names(rows, problems))
    notes += shots_note(table, asked)
    notes += level_notes(levels, dropped, table.tasks, level, asked)
    columns = columns_of(table, dropped, metric, problems)
    columns = score_columns(columns, table, results, asked, problems, notes)
    scores = scores_of(table, columns, asked, problems, notes)
    drafted = [
        DraftRow(
            where=name,
            model=name,
            scores=scores[name],
            base=row.base,
            revision=row.revision,
            date=row.date,
            facts=facts_of_row(row),
            place=row.runs[0].result.where,
        )
        for name, row in table.rows.items()
    ]
    remaining = {old: new for old, new in asked.rename.items() if old not in replaced}
    kept = chosen_rows(drafted, replace(asked, rename=remaining), problems, notes)
    columns = with_scores(columns, kept, asked, notes)
    columns = _with_doubtful_units(columns, kept, asked, problems)
    runs = table.runs_of(columns, [row.where for row in kept])
    accepted = SETTINGS if mixed_settings else ("shots",) if shots == "rows" else ()
    check_settings(runs, accepted, asked, problems, notes)
    notes += _alone(kept, asked)
    draft = Draft(columns, kept, notes=notes)
    return build(draft, replace(asked, keep="", rename={}), problems, source=source)


def _read_results(
    files: Sequence[Path], root: Path, asked: Asked, problems: Problems, notes: list[str]
) -> list[Result]:
    """Return what the files say; one that is no result is skipped in a folder, and named."""
    results, skipped = list[Result](), dict[str, str]()
    for file in each(files, "results read"):
        place = file.name if file == root else file.relative_to(root).as_posix()
        try:
            content = read_json(file)
            reason = no_result(content)
        except LeaderboardError as error:
            content, reason = {}, str(error).removeprefix(f"{file} ")
        if reason:
            skipped[place] = reason
        else:
            results.append(result_of(place, content))
    named_files = asked.listed(f"{place} ({reason})" for place, reason in skipped.items())
    if not results:
        problems.add("", f"no result file of lm-evaluation-harness or lighteval: {named_files}")
        problems.stop_if_any()
    if skipped and asked.strict:
        for place, reason in skipped.items():
            problems.add(place, f"is not a result file: {reason}; without --strict it is skipped")
    elif skipped:
        notes.append(f"{many(len(skipped), 'file')} skipped, as no result: {named_files}")
    return results


def _with_shots(
    results: Sequence[Result], shots: str, problems: Problems, notes: list[str]
) -> list[Result]:
    """Return the results with the tasks that were run with a number of shots."""
    of = [
        replace(r, tasks={t: m for t, m in r.tasks.items() if r.settings[t].get("shots") == shots})
        for r in results
    ]
    before, after = (sum(map(len, (r.tasks for r in some))) for some in (results, of))
    if not after:
        found = sorted({s.get("shots", "not stated") for r in results for s in r.settings.values()})
        problems.add(
            "",
            f"--shots {shots}: must be columns, rows or a number that tasks were run with; found"
            f" {', '.join(found)}",
        )
        return list(results)
    if before > after:
        notes.append(f"--shots {shots} leaves out {before - after:,} of {before:,} runs of a task")
    return [result for result in of if any(result.tasks.values())]


def _with_doubtful_units(
    columns: Sequence[DraftColumn], rows: Sequence[DraftRow], asked: Asked, problems: Problems
) -> list[DraftColumn]:
    """Ask about BLEU and its like where no number exceeds 1: libraries write them in per cent."""
    described = {c.name for spec in (asked.spec, asked.known) if spec for c in spec.columns}
    certain = {*described, *asked.ignore, *asked.units}
    decided = []
    for column in columns:
        values = [row.scores[column.name] for row in rows if column.name in row.scores]
        low = column.unit_max == 100 and any(values) and max(map(abs, values)) <= 1
        if not low or {column.name, column.metric} & certain:
            decided.append(column)
        elif asked.unit:
            decided.append(replace(column, unit_max=asked.unit))
        else:
            problems.add(
                "",
                f"{column.name} never exceeds 1, and its library writes per cent: say"
                f" --metric-unit {column.metric}=1 if these are proportions, or"
                f" --metric-unit {column.metric}=100 if the scores are that low",
            )
    return decided


def _alone(rows: Sequence[DraftRow], asked: Asked) -> list[str]:
    """Return a note on rows that share no column with any other row."""
    holders: dict[str, int] = {}
    for row in rows:
        for name in row.scores:
            holders[name] = holders.get(name, 0) + 1
    alone = [
        row.model for row in rows if row.scores and all(holders[name] == 1 for name in row.scores)
    ]
    if len(rows) < 2 or not alone:
        return []
    return [
        f"{asked.listed(alone)}: no task in common with any other row; if it is one model under"
        " several names, --rename or --model-from joins them"
    ]
