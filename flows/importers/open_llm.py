"""Open LLM Leaderboard snapshots, whose column names drift from one date to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import click

from flows.boards.board_file import repeated
from flows.boards.foreign_files import CellError, Problems, doubles, read_lines, read_number
from flows.importers._build import build
from flows.importers._draft import (
    Asked,
    Draft,
    DraftColumn,
    DraftRow,
    Imported,
    Stated,
    few,
    files_of,
    many,
    named,
)

MODEL = "model"
AVERAGE = "average"

AVERAGES = ("average", "model_average_score", "Average ⬆️", "Average")
MODELS = ("fullname", "model_name", "Model", "model")

VERSIONS: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "2": {
            "IFEval": ("ifeval", "evaluations_ifeval_normalized_score", "IFEval"),
            "BBH": ("bbh", "evaluations_bbh_normalized_score", "BBH"),
            "MATH Lvl 5": ("math_lvl_5", "evaluations_math_normalized_score", "MATH Lvl 5"),
            "GPQA": ("gpqa", "evaluations_gpqa_normalized_score", "GPQA"),
            "MUSR": ("musr", "evaluations_musr_normalized_score", "MUSR"),
            "MMLU-PRO": ("mmlupro", "evaluations_mmlu_pro_normalized_score", "MMLU-PRO"),
        },
        "1": {
            "ARC": ("ARC", "arc"),
            "HellaSwag": ("HellaSwag", "hellaswag"),
            "MMLU": ("MMLU", "mmlu"),
            "TruthfulQA": ("TruthfulQA", "truthfulqa"),
            "Winogrande": ("Winogrande", "winogrande"),
            "GSM8K": ("GSM8K", "gsm8k"),
        },
        "2 raw": {
            "IFEval": ("ifeval_raw", "evaluations_ifeval_value", "IFEval Raw"),
            "BBH": ("bbh_raw", "evaluations_bbh_value", "BBH Raw"),
            "MATH Lvl 5": ("math_lvl_5_raw", "evaluations_math_value", "MATH Lvl 5 Raw"),
            "GPQA": ("gpqa_raw", "evaluations_gpqa_value", "GPQA Raw"),
            "MUSR": ("musr_raw", "evaluations_musr_value", "MUSR Raw"),
            "MMLU-PRO": ("mmlupro_raw", "evaluations_mmlu_pro_value", "MMLU-PRO Raw"),
        },
    }
)
"""Tasks by version of the board, each with every name its column has had."""

DETAILS = (
    *("precision", "model_precision", "Precision"),
    *("model_sha", "Model sha", "type", "model_type", "Type"),
    *("weight_type", "model_weight_type", "chat_template", "model_has_chat_template"),
    *("submission_date", "metadata_submission_date"),
)
"""Columns in which two submissions of one model may differ."""

FLAGGED = ("features_is_flagged",)
"""Columns that flag a row; not `flagged` of 2024, which was true for every row."""

FACTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "parameters": ("params_b", "metadata_params_billions", "#Params (B)"),
        "release_date": ("upload_to_hub_date", "metadata_upload_date", "Upload To Hub Date"),
        "licence": ("hub_license", "metadata_hub_license", "Hub License"),
        "architecture": ("architecture", "model_architecture", "Architecture"),
        "precision": ("precision", "model_precision", "Precision"),
        "base_model": ("base_model", "metadata_base_model", "Base Model"),
        "revision": ("model_sha", "Model sha", "Model SHA"),
    }
)
"""Columns of each fact, with every name that they have had; sizes are in billions."""

_WEIGHTS = ("weight_type", "model_weight_type", "Weight type")

INERT = frozenset(
    {
        *DETAILS,
        *AVERAGES,
        *MODELS,
        *("t", "T", "id", "eval_name", "url"),
        *("architecture", "model_architecture", "Architecture", "not_merged", "flagged", "moe"),
        *("hub_license", "params_b", "hub_hearts", "available_on_the_hub", "upload_to_hub_date"),
        *("maintainers_highlight", "generation", "base_model"),
        *("features_is_not_available_on_hub", "features_is_merged", "features_is_moe"),
        *("features_is_official_provider", "metadata_upload_date", "metadata_generation"),
        *("metadata_base_model", "metadata_hub_license", "metadata_hub_hearts"),
        *("metadata_params_billions", "metadata_co2_cost", "Weight type", "Hub License"),
        *(name for names in FACTS.values() for name in names),
        *(f"evaluations_{task}_name" for task in ("ifeval", "bbh", "math", "gpqa", "musr")),
        "evaluations_mmlu_pro_name",
    }
)
"""Known columns that hold no score."""


def find(known: Sequence[str], header: Sequence[str]) -> str | None:
    """Return the first known name that the header has."""
    return next((name for name in known if name in header), None)


OPTIONS = (
    click.Option(
        ["--values"],
        type=click.Choice(["normalized", "raw"]),
        default="normalized",
        show_default=True,
        help="Import the normalised scores, which the board averages, or the raw ones.",
    ),
    click.Option(
        ["--alias"],
        multiple=True,
        metavar="TASK=COLUMN",
        help="Column of a task's score in this snapshot, if it was renamed; repeatable.",
    ),
)


def read(
    path: Path, asked: Asked, *, values: str = "normalized", alias: Sequence[str] = ()
) -> Imported:
    """Read one snapshot, of version 1 or 2 of the board.

    A row is a submission: a model in one precision, revision and kind. So a model may have several
    rows, and only rows that agree in all of these are duplicates.

    Raises:
        LeaderboardError: With all problems of the file.
    """
    files_of(path, "*")
    problems = Problems(path)
    header, *lines = read_lines(path, "\t" if ".tsv" in path.suffixes else ",") or [[]]
    header = [name.strip() for name in header]
    places = _places(header, values, alias, problems)
    for message in doubles(header):
        problems.add("", message)
    problems.stop_if_any()
    notes = _about(header, places)
    rows, kinds = [], []
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.add(f"row {number}", f"{len(cells)} cells under {len(header)} columns")
            continue
        row = dict(zip(header, (cell.strip() for cell in cells), strict=True))
        rows.append(_row(number, row, places, problems))
        kinds.append(tuple(row[name] for name in DETAILS if name in row))
    asked = _submissions(rows, kinds, asked, problems, notes)
    if flagged := [row.model for row in rows if row.suspect]:
        notes.append(
            f"{many(len(flagged), 'row')} flagged by the board itself, kept as suspect:"
            f" {few(flagged)}"
        )
    tasks = [task for task in places if task not in (MODEL, AVERAGE)]
    columns = [DraftColumn(task, task, values) for task in tasks]
    draft = Draft(columns, rows, title="Open LLM Leaderboard", notes=notes)
    return build(draft, asked, problems, source=named([path], path))


def _places(
    header: Sequence[str], values: str, alias: Sequence[str], problems: Problems
) -> dict[str, str]:
    """Return the column of the model, the average and each task."""
    aliases = dict(pair.split("=", 1) for pair in alias if "=" in pair)
    for pair in alias:
        if "=" not in pair or pair.split("=", 1)[1] not in header:
            problems.add("", f"--alias {pair}: must be TASK=COLUMN, with a column of the file")
    matches = {
        name: {t: c for t, known in tasks.items() if (c := aliases.get(t) or find(known, header))}
        for name, tasks in VERSIONS.items()
        if values == "raw" or not name.endswith(" raw")
    }
    candidates = {n: f for n, f in matches.items() if n.endswith(" raw") == (values == "raw")}
    best = max(candidates, key=lambda name: len(candidates[name]))
    for task in VERSIONS[best]:
        if task not in candidates[best]:
            problems.add(
                "",
                f"no column for {task}; known as {', '.join(VERSIONS[best][task])}: say --alias"
                f" '{task}=…' where it has a new name (the file has {few(header, 40)})",
            )
    model = find(MODELS, header)
    if model is None:
        problems.add("", f"no column for the model; known as {few(MODELS)}")
    average = find(AVERAGES, header)
    shared = {MODEL: model, AVERAGE: average if values == "normalized" else None}
    return {name: column for name, column in shared.items() if column} | candidates[best]


def _about(header: Sequence[str], places: Mapping[str, str]) -> list[str]:
    used = {*places.values(), *FLAGGED}
    scores = {c for tasks in VERSIONS.values() for known in tasks.values() for c in known}
    unknown = [n for n in header if n not in used and n not in INERT and n not in scores]
    sources = ", ".join(f"{task} from {column}" for task, column in places.items())
    notes = [f"columns read: {sources}"]
    if unknown:
        notes.append(f"{many(len(unknown), 'unknown column')} left alone: {', '.join(unknown)}")
    return notes


def _row(
    number: int, row: Mapping[str, str], places: Mapping[str, str], problems: Problems
) -> DraftRow:
    model = row[places[MODEL]]
    place = f"row {number} ({model})"
    if not model:
        problems.add(f"row {number}", "no model name")
    scores = {}
    for task, column in places.items():
        if task == MODEL:
            continue
        try:
            score = read_number(row[column])
        except CellError as error:
            problems.add(f"{place}, {column}", str(error))
            continue
        if score is not None:
            scores[task] = score
    details = [row[name] for name in DETAILS if row.get(name)]
    return DraftRow(
        where=place,
        model=model,
        submitted_by=model.split("/")[0] if "/" in model else "",
        is_human=None,
        published=scores.pop(AVERAGE, None),
        scores=scores,
        source=", ".join(details),
        suspect="flagged by the leaderboard itself"
        if any(row.get(name, "").upper() == "TRUE" for name in FLAGGED)
        else "",
        facts=_facts(row, model),
    )


def _facts(row: Mapping[str, str], model: str) -> dict[str, Stated]:
    """Return what a row says of its model; the board has a model as the base of itself."""
    facts = {}
    for fact, known in FACTS.items():
        column = find(known, tuple(row))
        if column is None or not row[column]:
            continue
        factor = 1e9 if fact == "parameters" else 1.0
        if fact != "base_model" or row[column].removesuffix(" (Merge)") not in (model, "Removed"):
            facts[fact] = Stated(row[column], f"column {column}", factor)
    weights = find(_WEIGHTS, tuple(row))
    if weights is not None and row[weights].casefold() == "adapter":
        facts["adapter"] = Stated(model, f"column {weights}")
    return facts


def _submissions(
    rows: Sequence[DraftRow],
    kinds: Sequence[tuple[str, ...]],
    asked: Asked,
    problems: Problems,
    notes: list[str],
) -> Asked:
    """Allow several rows of a model if they are different submissions."""
    submissions = repeated(
        [(row.model, (row, kind)) for row, kind in zip(rows, kinds, strict=True)]
    )
    distinct = []
    for model, places in submissions.items():
        if len({kind for _, kind in places}) == len(places):
            distinct.append(model)
    if distinct:
        notes.append("a row is a submission: model, precision, revision and kind tell it apart")
    return replace(asked, repeated=(*asked.repeated, *distinct))
