"""`rankcheck submission`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from evaluators.clue.task import ClueTask
    from evaluators.trainer.labelled_data import LabelledDataset

_SHOWN = 50


@click.group()
def command() -> None:
    """Write predictions in CLUE's submission formats, and validate such files."""


@command.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN…")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("submission"),
    show_default=True,
    help="Folder to write the files to.",
)
@click.option(
    "--benchmark",
    type=click.Choice(["1.0", "1.1"]),
    help="Use the file names of this version of CLUE (tnews11_predict.json).",
)
def write(runs: tuple[str, ...], folder: Path, benchmark: str | None) -> None:
    """Write one file for each RUN, named after its task: {task}_predict.json.

    RUN is a run's id or the beginning of it.
    """
    from db import open_store
    from db.settings import settings
    from evaluators.clue import submission, tasks
    from evaluators.errors import ScoreError
    from flows.inputs import clue
    from flows.runs import predictions
    from flows.runs.places import places

    chosen = settings()
    store, root = open_store(chosen.store), places(chosen.store).tables
    files: dict[Path, tuple[str, str]] = {}
    for run in runs:
        run_predictions = predictions.read(store, root, run)
        task = tasks.find(run_predictions.task)
        path = folder / submission.file_name(task, benchmark)  # type: ignore[arg-type]
        if path in files:
            raise ScoreError(
                f"each task must have one run, but two are for {task.name}: leave one out, as"
                f" {path} can hold only one"
            )
        data = clue.load_split(task, run_predictions.split, mirrors=chosen.data)
        text = submission.written(task, run_predictions.predictions, data)
        if wrong := submission.problems(task, text.encode(), data):
            raise ScoreError(
                f"run {run_predictions.run_id}: {wrong[0].said} ({len(wrong)} problems in all)"
            )
        files[path] = (text, f"{len(data)} answers for {task.name}/{run_predictions.split}")
    folder.mkdir(parents=True, exist_ok=True)
    for path, (text, summary) in files.items():
        path.write_text(text, encoding="utf-8")
        click.echo(f"{path}: {summary}")


@command.command()
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE…",
)
@click.option("--task", "name", help="Task of the files. Default: inferred from the file name.")
@click.option("--split", help="Split that the files answer. Default: the split without labels.")
def check(files: tuple[Path, ...], name: str | None, split: str | None) -> None:
    """Report every problem of each FILE; exit with status 1 if there is any."""
    from evaluators.clue import submission
    from flows.boards.foreign_files import read_bytes

    bad = False
    for path in files:
        task = _task(path, name)
        data, unavailable = _split(task, split)
        problems = submission.problems(task, read_bytes(path), data)
        for problem in problems[:_SHOWN]:
            line_text = "" if problem.line is None else f", line {problem.line}"
            click.echo(f"{path}{line_text}: {problem.said}", err=True)
        if len(problems) > _SHOWN:
            click.echo(f"{path}: and {len(problems) - _SHOWN} more", err=True)
        if unavailable:
            click.echo(f"{path}: ids and texts were not compared: {unavailable}", err=True)
        bad = bad or bool(problems)
        verdict = f"{len(problems)} problems" if problems else "can be submitted"
        against = "" if data is None else f" against {data.task}/{data.split}"
        click.echo(f"{path}: checked as {task.name}{against}: {verdict}")
    sys.exit(1 if bad else 0)


def _task(path: Path, name: str | None) -> ClueTask:
    from evaluators.clue import submission, tasks
    from evaluators.errors import DatasetError

    if name is not None:
        return tasks.find(name)
    for task_name in tasks.names():
        task = tasks.find(task_name)
        if path.name in {submission.file_name(task, v) for v in (None, "1.0", "1.1")}:
            return task
    raise DatasetError(
        f"{path.name} is not CLUE's file name of any task (such as tnews_predict.json): "
        "give --task TASK"
    )


def _split(task: ClueTask, split: str | None) -> tuple[LabelledDataset | None, str]:
    """Return the split that the file answers, or why it is not available."""
    from db.settings import settings
    from evaluators.errors import DatasetError
    from flows.inputs import clue
    from flows.inputs.check import at_hand

    hidden = [name for name, declared in task.splits.items() if not declared.labelled]
    chosen = split or next(iter(hidden), task.scored)
    mirrors = settings().data
    try:
        # Ask the hub only for a split that the user names.
        if split is None and not at_hand(task, chosen, mirrors):
            return (
                None,
                f"{task.name}/{chosen} is not available locally; choose another with --split",
            )
        return clue.load_split(task, chosen, mirrors=mirrors), ""
    except DatasetError as error:
        if split is not None:
            raise
        return None, str(error)
