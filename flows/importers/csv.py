"""Tidy CSV or TSV: a row a model, a column a task metric."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import click

from evaluators.names import nearest
from flows.boards.board_file import wrong_flag
from flows.boards.foreign_files import CellError, Problems, read_lines, read_number, two_texts
from flows.boards.metrics import phrase_facts
from flows.importers._build import build
from flows.importers._columns import namesake
from flows.importers._csv_cells import is_text, split_pairs, way_out
from flows.importers._csv_facts import fact_columns, stated_facts
from flows.importers._csv_header import (
    plain_header,
    read_table,
    renamed_facts,
    renamed_options,
)
from flows.importers._derived import derived_columns, not_looked_for
from flows.importers._directions import scores_only
from flows.importers._draft import (
    Asked,
    Draft,
    DraftColumn,
    DraftRow,
    Imported,
    Stated,
    files_of,
    named,
)

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t"}
_OWN = ("submitted_by", "is_human", "published_score", "source", "trajectory", "step")

OPTIONS = (
    click.Option(
        ["--delimiter"],
        type=click.Choice(list(_DELIMITERS)),
        help="Cell delimiter. Default: a tab for .tsv, else a comma.",
    ),
    click.Option(
        ["--decimal"],
        type=click.Choice(["point", "comma"]),
        default="point",
        show_default=True,
        help="Decimal separator of the numbers.",
    ),
    click.Option(
        ["--missing"],
        multiple=True,
        metavar="TEXT",
        help="Text of a missing score, such as '-', besides the empty cell; repeatable.",
    ),
    click.Option(
        ["--pairs"],
        type=click.Choice(["split"]),
        help="Make two columns of one whose cells hold two numbers, as '94.2/92.3': the two"
        " that the board or spec has of that task, in its order, or else X_1 and X_2.",
    ),
    click.Option(
        ["--model-column"],
        default="model",
        show_default=True,
        help="Column with the model's name.",
    ),
    click.Option(
        ["--published"],
        default="",
        metavar="COLUMN",
        help="Column with the board's own average: the published score, which audit checks.",
    ),
    click.Option(
        ["--fact", "facts"],
        multiple=True,
        metavar="NAME=COLUMN[*UNIT]",
        help="Column with a fact about the models (parameters, licence …), and the unit of its"
        " numbers, as parameters=Size*1e9; repeatable. Default: headers that say so.",
    ),
    click.Option(
        ["--transpose"],
        is_flag=True,
        help="Read a table with a row a task and a column a model, as summaries of OpenCompass.",
    ),
)


def read(
    path: Path,
    asked: Asked,
    *,
    delimiter: str | None = None,
    decimal: str = "point",
    missing: Sequence[str] = (),
    pairs: str | None = None,
    model_column: str = "model",
    published: str = "",
    facts: Sequence[str] = (),
    transpose: bool = False,
) -> Imported:
    """Read a table of models; only the column of the model is required.

    Raises:
        LeaderboardError: With all problems of the file.
    """
    files_of(path, "*")
    problems = Problems(path)
    notes = [f"the text {', '.join(map(repr, missing))} is a missing score"] if missing else []
    tab = ".tsv" in path.suffixes
    separator = _DELIMITERS[delimiter] if delimiter else "\t" if tab else ","
    header, *lines = read_lines(path, separator) or [[]]
    if not transpose:
        renamed = {name.strip(): plain_header(name) for name in header}
        asked = renamed_options(asked, renamed)
        model_column, published = (renamed.get(name, name) for name in (model_column, published))
        facts = renamed_facts(facts, renamed)
    table = read_table(header, lines, model_column, problems, turn=transpose)
    header = table.header
    if transpose and "-" not in missing and any("-" in line for _, line in table.lines):
        missing = [*missing, "-"]
        notes.append("the text '-' is a missing score, as in summaries of OpenCompass")
    if published and (published not in header or "published_score" in header):
        problems.add("", f"--published {published}: {_one_published(published, header)}")
    problems.stop_if_any()
    unused = {*asked.ignore} & {*_OWN}
    rows = [
        (number, {n: text for n, text in zip(header, cells, strict=True) if n not in unused})
        for number, cells in table.lines
    ]
    scored = [n for n in header if n not in (model_column, *_OWN, *asked.ignore, published)]
    filled = {n: [row[n] for _, row in rows if row[n] and row[n] not in missing] for n in scored}
    if transpose and facts:
        problems.add("", "--fact: must not be given with --transpose, as a row is a task there")
    point = "," if decimal == "comma" else "."
    about = {}
    if not transpose:
        about = fact_columns(filled, facts, asked, problems, notes, point=point)
    scored = [name for name in scored if name not in about]
    if ("is_human" not in header or "is_human" in unused) and not asked.human:
        notes.append("no row is human: there is no column is_human, and no --human names one")
    if asked.spec is None and asked.known is None:
        notes.append("each column is a task of its own, none a diagnostic; --column-spec says else")
        notes += namesake(scored)
    filled = {name: filled[name] for name in scored}
    split = split_pairs(filled, header, asked, notes, problems) if pairs else {}
    columns = [
        DraftColumn(
            name=part,
            task=table.tasks.get(name, name),
            metric=table.metrics.get(name, f"metric {i + 1}" if name in split else "score"),
        )
        for name in scored
        if filled[name] or not transpose
        for i, part in enumerate(split.get(name, [name]))
    ]
    kept = scores_only(columns, asked, problems, notes, stated=table.better, tasks=True)
    texts = [c.name for c in kept if c.name in filled and is_text(filled[c.name], point)]
    for name in texts:
        problems.add(f"column {name!r}", f"contains no numbers: give --ignore {name!r}")
    kept = [column for column in kept if column.name not in texts]
    cells = [{**row, **_halves(row, split)} for _, row in rows]
    kept = _not_derived(kept, cells, asked, notes, point=point, missing=missing)
    if published:
        notes.append(f"{published} is the published score, as asked")
    else:
        _hint_at_average([c.name for c in columns if c not in kept], notes)
    printed = published or "published_score"
    draft = []
    for (number, row), row_cells in zip(rows, cells, strict=True):
        place = f"row {number} ({row[model_column]})"
        flag = row.get("is_human")
        if not row[model_column]:
            problems.add(f"row {number}", "no model name")
        if flag not in (None, "0", "1"):
            problems.add(f"row {number}", wrong_flag(flag))
        steps = {
            name: Stated(row[name], f"column {name}")
            for name in ("trajectory", "step")
            if row.get(name)
        }
        scores, unread = {}, set()
        for name in (*(column.name for column in kept), printed):
            text = row_cells.get(name, "")
            try:
                score = read_number(text, decimal=point, missing=missing)
            except CellError as error:
                problems.add(f"{place}, {name}", f"{error}{way_out(text)}")
                unread.add(name)
                continue
            if score is not None:
                scores[name] = score
        draft.append(
            DraftRow(
                where=place,
                model=row[model_column],
                submitted_by=row.get("submitted_by", ""),
                is_human=None if flag is None else flag == "1",
                published=scores.pop(printed, None),
                source=row.get("source", ""),
                scores=scores,
                unread=frozenset(unread),
                facts={**stated_facts(row, about, missing, point), **steps},
            )
        )
    kept += [DraftColumn(name, name) for name in asked.ignore if name in header]
    return build(Draft(kept, draft, notes=notes), asked, problems, source=named([path], path))


def _halves(row: Mapping[str, str], split: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Return the cells that a row's cells of two numbers become."""
    halves: dict[str, str] = {}
    for name, parts in split.items():
        pair = two_texts(row[name]) or (row[name], row[name])
        halves |= dict(zip(parts, pair, strict=True))
    return halves


def _one_published(published: str, header: Sequence[str]) -> str:
    if published not in header:
        return f"unknown column{nearest(published, header)}"
    return (
        "there is a column published_score too; --ignore published_score, or leave the option out"
    )


def _not_derived(
    columns: Sequence[DraftColumn],
    rows: Sequence[Mapping[str, str]],
    asked: Asked,
    notes: list[str],
    *,
    point: str,
    missing: Collection[str],
) -> list[DraftColumn]:
    """Return the columns that are not computed from others, unless the user says what they are."""
    described = {c.name for spec in (asked.spec, asked.known) if spec for c in spec.columns}
    if unseen := not_looked_for(len(rows), len(columns)):
        notes.append(
            f"{len(rows):,} rows of {len(columns):,} columns are too many to look for {unseen}"
        )
    cells = {}
    for name in (column.name for column in columns):
        texts = [row[name].strip() for row in rows]
        try:
            numbers = [read_number(text, decimal=point, missing=missing) for text in texts]
        except CellError:
            continue  # reported with its row
        cells[name] = [
            "" if number is None else text.replace(point, ".")
            for number, text in zip(numbers, texts, strict=True)
        ]
    found = {
        name: what
        for name, what in derived_columns(cells).items()
        if name not in described and name not in asked.directions
    }
    for name, what in found.items():
        others = "all others" if len(what.of) == len(cells) - 1 else asked.listed(what.of)
        hint = "; as the published score: --published " + repr(name) if what.kind == "mean" else ""
        notes.append(
            f"left out, the {what.kind} of other columns: {name} (of {others}){hint};"
            f" as a task of its own: --metric-direction {name!r}=higher"
        )
    return [column for column in columns if column.name not in found]


def _hint_at_average(left: Sequence[str], notes: list[str]) -> None:
    """Say that a column left out by name as a mean can be given as the published score."""
    for name in left:
        facts = phrase_facts(name)
        if facts is not None and facts.kind == "aggregate":
            notes.append(f"{name} can be given as the published score: --published {name!r}")
