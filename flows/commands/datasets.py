"""`rankcheck datasets`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from flows.commands._options import format_option

if TYPE_CHECKING:
    from flows.inputs.check import Listed


@click.group()
def command() -> None:
    """List the tasks and check their data."""


@command.command(name="list")
@click.argument("tasks", nargs=-1)
def list_(tasks: tuple[str, ...]) -> None:
    """Show where each of TASKS (default: all) would be read from."""
    from db.settings import settings
    from flows.inputs.check import list_clue, listing
    from flows.runs.places import places

    pairs, clue = _by_kind(tasks)
    chosen = settings()
    cache = places(chosen.store).dataset_digests
    _show(listing(pairs, mirrors=chosen.data, cache=cache), ("pairs", "sentences"))
    _show(list_clue(clue, mirrors=chosen.data, cache=cache), ("examples", "texts"))


@command.command()
@click.argument("tasks", nargs=-1)
@click.option("--download", is_flag=True, help="Download missing datasets from the hub.")
def check(tasks: tuple[str, ...], download: bool) -> None:
    """Read and validate every split that TASKS (default: all) score, fit or train on."""
    from db.settings import settings
    from flows.inputs.check import check, check_clue
    from flows.progress import show_progress

    pairs, clue = _by_kind(tasks)
    data = settings().data
    with show_progress() as progress:
        pair_rows = check(pairs, mirrors=data, download=download, progress=progress)
        clue_rows = check_clue(clue, mirrors=data, download=download, progress=progress)
    _show(pair_rows, ("pairs", "sentences"))
    _show(clue_rows, ("examples", "texts"), notes=True)
    broken = any(row.problem and row.where != "not here" for row in (*pair_rows, *clue_rows))
    sys.exit(1 if broken else 0)


@command.command()
@click.argument("tasks", nargs=-1)
@click.option("--list", "each", is_flag=True, help="List the pairs of examples, by their ids.")
@format_option()
def overlap(tasks: tuple[str, ...], each: bool, form: str) -> None:
    """Count training examples of CLUE TASKS (default: all) that are also scored, or nearly.

    Near duplicates are examples that share at least 70% of the character trigrams of every text,
    without punctuation, case and white space. `leaks: drop` and `near_duplicates: drop` in a plan
    leave them out of training.
    """
    from db.settings import settings
    from evaluators.clue import tasks as clue_tasks
    from evaluators.names import validate_known
    from flows.inputs.overlap import overlaps
    from flows.progress import show_progress
    from flows.reports.overlap import format_overlaps

    validate_known("task", tasks, clue_tasks.names())
    with show_progress() as progress:
        rows = overlaps(tasks or clue_tasks.names(), mirrors=settings().data, progress=progress)
    click.echo(format_overlaps(rows, form, each=each))


def _by_kind(tasks: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Return the names of sentence-pair tasks and of CLUE tasks: all of both if there are none."""
    from evaluators import tasks as of_pairs
    from evaluators.clue import tasks as of_clue
    from evaluators.names import validate_known

    pairs, clue = of_pairs.names(), of_clue.names()
    validate_known("task", tasks, (*pairs, *clue))
    chosen = tasks or (*pairs, *clue)
    return [name for name in chosen if name in pairs], [name for name in chosen if name in clue]


def _show(rows_of_splits: Iterable[Listed], units: tuple[str, str], *, notes: bool = False) -> None:
    for split in rows_of_splits:
        rows = "" if split.rows is None else f"{split.rows} {units[0]}, {split.distinct} {units[1]}"
        digest = (split.digest or "")[:12]
        click.echo(
            f"{split.task:16} {split.language}  {split.split:16} {split.where:9} {rows:32} "
            f"{digest:12}  {split.licence}"
        )
        if notes and split.note:
            click.echo(f"  {split.note}")
        if split.problem:
            click.echo(f"  {split.problem}", err=True)
