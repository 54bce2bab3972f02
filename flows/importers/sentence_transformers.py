"""CSV files of the evaluators of sentence-transformers, one or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

import click

from flows.boards.foreign_files import CellError, Problems, doubles, read_lines, read_number
from flows.boards.metrics import metric_facts
from flows.errors import LeaderboardError
from flows.importers._card_facts import facts_beside
from flows.importers._draft import MOST_COLUMNS, Asked, Imported, files_of
from flows.importers._identity import named_by
from flows.importers._measurements import Measurement, imported, only_metrics, read_each

OPTIONS = (
    click.Option(
        ["--metric"],
        multiple=True,
        help="Import only this metric, as `cosine_spearman`; repeatable. Default: all that rank.",
    ),
)

_FILE = re.compile(r"(?P<kind>.+?(?:_evaluation|Evaluator))(?P<name>.*?)_results(_@\d+)?\.csv")
_KINDS = {
    "similarity_evaluation": "similarity",
    "binary_classification_evaluation": "binary classification",
    "Information-Retrieval_evaluation": "retrieval",
    "triplet_evaluation": "triplets",
    "translation_evaluation": "translation",
    "paraphrase_mining_evaluation": "paraphrase mining",
    "accuracy_evaluation": "accuracy",
    "mse_evaluation": "mse",
    "RerankingEvaluator": "reranking",
    "NanoBEIR_evaluation": "NanoBEIR",
}
_MEAN = "NanoBEIR"
_BARE = {"src2trg": "accuracy src2trg", "trg2src": "accuracy trg2src"}


def read(path: Path, asked: Asked, *, metric: Sequence[str] = ()) -> Imported:
    """Read results: a column per evaluator and metric, a row per model and step of training.

    A model is the folder of its files, without a last `eval`. A row without epoch and steps (-1)
    is an evaluation of the finished model, which is newer than any step; of several rows of one
    step the last counts. `--keep newest` and `--keep best` take one step of each model.

    Raises:
        LeaderboardError: With all problems of the file or folder.
    """
    problems, notes = Problems(path), list[str]()

    def read_one(file: Path, place: str) -> list[Measurement]:
        return list(_results(file, place, path, asked, problems))

    files = [file for file in files_of(path, "*.csv") if path.is_file() or "_results" in file.name]
    if not files:
        raise LeaderboardError(f"{path} contains no *_results.csv of an evaluator")
    kind = "results of sentence-transformers"
    measurements, used = read_each(files, path, kind, read_one, asked, problems, notes)
    measurements = _without_means(measurements, asked, notes)
    measurements = only_metrics(measurements, metric, problems)
    return imported(measurements, used, path, asked, problems, notes)


def _results(
    file: Path, place: str, root: Path, asked: Asked, problems: Problems
) -> Iterator[Measurement]:
    header, *lines = read_lines(file, ",") or [[]]
    parts = _FILE.fullmatch(file.name)
    if header[:2] != ["epoch", "steps"] or len(header) < 3 or parts is None:
        raise LeaderboardError(
            f"{place} is not a result of an evaluator: it must be called *_results.csv and begin"
            " with the columns epoch and steps"
        )
    if found := doubles(header):
        raise LeaderboardError(f"{place} has {'; '.join(found)}")
    if len(header) > MOST_COLUMNS:
        raise LeaderboardError(f"{place} has {len(header):,} columns; no evaluator writes as many")
    model = named_by(place, asked.model_from, _model(file, root))
    if not model:
        problems.add(place, "does not say which model: give --model-from")
    about = facts_beside(_folder(file, root), model, root)
    kind = _KINDS.get(parts["kind"], parts["kind"])
    name = parts["name"].strip("_")
    task = f"{name} {kind}" if name else kind
    last: dict[tuple[str, str], tuple[int, list[str]]] = {}
    for number, cells in enumerate(lines, start=2):
        if not any(cells):
            continue
        if len(cells) != len(header):
            problems.add(
                f"{place}, row {number}", f"{len(cells)} cells under {len(header)} columns"
            )
            continue
        last[cells[0], cells[1]] = number, cells
    for (epoch, steps), (number, cells) in last.items():
        for column, cell in zip(header[2:], cells[2:], strict=True):
            where = f"{place}, row {number}, {column}"
            measured = _BARE.get(column, f"mse {column}" if kind == "mse" else column)
            facts = metric_facts(measured)
            scored = facts is None or not facts.reason
            try:
                value = read_number(cell)
            except CellError as error:
                if scored:
                    problems.add(where, str(error))
                continue
            if value is not None:
                yield Measurement(
                    where=where,
                    model=model,
                    task=task,
                    metric=measured,
                    value=value,
                    unit=1.0 if scored else None,
                    variant=_step(epoch, steps),
                    date=_order(epoch) + _order(steps),
                    facts=about,
                )


def _folder(file: Path, root: Path) -> Path:
    folder = file.parent
    while folder.name == "eval" and folder != root:
        folder = folder.parent
    return folder


def _model(file: Path, root: Path) -> str:
    """Return the folder that the model is in, as its path below the imported one."""
    folder = _folder(file, root)
    if root.is_dir() and folder != root:
        return PurePosixPath(folder.relative_to(root)).as_posix()
    named = folder.resolve()
    return named.parent.name if named.name == "eval" else named.name


def _step(epoch: str, steps: str) -> dict[str, str]:
    """Return which step of training a row is of; nothing for the finished model."""
    stated = {"epoch": epoch, "steps": steps}
    return {name: value for name, value in stated.items() if value not in ("-1", "-1.0", "")}


def _order(text: str) -> str:
    """Return an epoch or a number of steps as text that sorts; -1, the end, is last."""
    try:
        number = float(text)
    except ValueError:
        return "~"
    return f"{number:020.6f}" if number >= 0 else "~"


def _without_means(
    measurements: Sequence[Measurement], asked: Asked, notes: list[str]
) -> list[Measurement]:
    """Leave out NanoBEIR's mean where the sets that it is a mean of are there too."""
    parts = {m.model for m in measurements if m.task.startswith("Nano") and _MEAN not in m.task}
    whole = {m.task for m in measurements if _MEAN in m.task and m.model in parts}
    if whole:
        notes.append(f"left out, a mean of other columns: {asked.listed(sorted(whole))}")
    return [m for m in measurements if m.task not in whole or m.model not in parts]
