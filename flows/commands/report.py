"""`rankcheck report`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from db.settings import LANGUAGES
from flows.commands._options import (
    exponent_of,
    mean_options,
    selection_options,
    snapshot_option,
    treatment_option,
)
from flows.reports.shareable import KINDS, find

FORMATS = ("csv", "json", "parquet")

if TYPE_CHECKING:
    from dashboard.shared.report import Report
    from db.store import Store
    from evaluators.averaging import Board


@click.command()
@click.argument("name")
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    help="Folder to write: new, empty, or an earlier report, which is replaced.",
)
@click.option(
    "--as",
    "kind",
    type=click.Choice(KINDS),
    help="What NAME is, where it names a board and a claim, say, alike.",
)
@click.option(
    "--url",
    metavar="ADDRESS",
    help="Address at which the folder will be published: other sites show the share picture of"
    " a link only where the page gives its full address.",
)
@click.option(
    "--model",
    metavar="NAME",
    help="Model of the badge, or `human`. Default: the human row, else the leader.",
)
@click.option(
    "--data",
    "formats",
    type=click.Choice(FORMATS),
    multiple=True,
    default=FORMATS,
    help="Write the data in this format only; repeatable. Default: all of them.",
)
@click.option(
    "--lang",
    "language",
    type=click.Choice(LANGUAGES),
    default=LANGUAGES[0],
    help="Language of the page, English or Chinese; the data are the same. Default: en.",
)
@snapshot_option
@mean_options(default="arithmetic")
@treatment_option()
@click.option(
    "--set",
    "tasks_of",
    type=click.Choice(["all", "common", "complete"]),
    help="Set of tasks that count: all, those that half of the models have in common, or those"
    " that every model has. Default: as the page of the board opens, or all where tasks or models"
    " are selected.",
)
@selection_options
def command(
    name: str,
    folder: Path,
    kind: str | None,
    url: str | None,
    model: str | None,
    formats: tuple[str, ...],
    language: str,
    snapshot: str | None,
    mean: str | None,
    power: float | None,
    treatment: str,
    tasks_of: str | None,
    **selected: Any,
) -> None:
    """Write a page to share about NAME: a board, a claim, an article, or a plan run by its id.

    The folder needs no server: index.html with its pictures, the data as CSV, JSON and Parquet, a
    share picture and a badge. The same store and code give the same bytes. The beginning of a plan
    run's id is enough. Options on snapshot, mean, treatment, tasks and models are for boards.
    """
    from dashboard.shared.quiet import quiet

    quiet()
    from dashboard.shared.command import board_words, command_of
    from dashboard.shared.folder import published_at, validate_folder, write_report
    from dashboard.shared.report import written_in
    from db import open_store
    from db.code_version import code_version
    from db.disk import cannot_write
    from flows.errors import LeaderboardError

    try:
        address = published_at(url) if url else ""
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--url") from error
    context, p = click.get_current_context(), exponent_of(mean, power)
    store = open_store()
    named = ["--as", kind] if kind else []
    kind, name = find(store, name, kind)
    validate_folder(folder.resolve())
    if kind == "board":
        power = 1.0 if p is None else p
        asked = _Asked(name, snapshot, power, treatment, tasks_of, model)
        with written_in(language):
            report, whole = board_report_of(store, asked, selected)
        given = _options(context, {"model": model, "tasks_of": tasks_of, **selected})
        again = board_words(whole, treatment, power, given)
    else:
        _require_no_options(context)
        again = [name]
        with written_in(language):
            report = stored_report_of(store, kind, name)
    published = ["--url", address] if address else []
    if language != LANGUAGES[0]:
        published += ["--lang", language]
    if set(formats) != set(FORMATS):
        published += [
            word for ending in FORMATS if ending in formats for word in ("--data", ending)
        ]
    try:
        files = write_report(
            report,
            folder,
            command=command_of([*again, *named, *published]),
            code=code_version().said,
            address=address,
            formats=formats,
        )
    except OSError as error:
        full = cannot_write(error, [folder])
        raise LeaderboardError(full or f"{folder} cannot be written: {error.strerror}") from error
    click.echo(f"{folder}: {', '.join(files)}", err=True)


class _Asked(NamedTuple):
    """What a command asks of a board: see its options."""

    name: str
    snapshot: str | None
    p: float
    treatment: str
    tasks_of: str | None
    model: str | None


def board_report_of(store: Store, asked: _Asked, selected: dict[str, Any]) -> tuple[Report, Board]:
    """Return the report of a board, and the whole board.

    Raises:
        LeaderboardError: There is no such snapshot, or what is selected cannot be read.
        TreatmentError: The board cannot be ranked so.
    """
    from dashboard.shared.board import board_report, counted_tasks
    from evaluators.averaging import find_treatment
    from flows.boards.leaderboards import load_board
    from flows.boards.selections import select_board, selection_of

    whole = load_board(asked.name, asked.snapshot, store)
    digest, facts = _described(store, whole)
    selection = selection_of(**selected)
    which, selection = counted_tasks(whole, digest, selection, asked.tasks_of)
    board, chosen = select_board(whole, find_treatment(asked.treatment), selection)
    report = board_report(
        *(whole, board, chosen, asked.p),
        digest=digest,
        source=facts,
        tasks=which,
        model=asked.model,
    )
    return report, whole


def stored_report_of(store: Store, kind: str, name: str) -> Report:
    """Return the report of a claim, an article or a plan run.

    Raises:
        StoreError: There is no store, or it has no verdict on it.
    """
    from dashboard.shared.article import article_report
    from dashboard.shared.claim import claim_report
    from dashboard.shared.plan_run import plan_run_report
    from evaluators import articles

    with store.read() as connection:
        if kind == "claim":
            return claim_report(connection, name)
        if kind == "plan-run":
            return plan_run_report(connection, name)
        return article_report(connection, articles.find(name))


def _described(store: Store, board: Board) -> tuple[str, list[tuple[str, str]]]:
    """Return the digest of a board's content, and where its numbers are from."""
    from db.leaderboards import content_digest
    from flows.boards.leaderboards import boards, find_board
    from flows.boards.stored import board_rows, described

    if board.snapshot in boards().get(board.name, ()):
        spec, snapshot = find_board(board.name, board.snapshot)
        about = spec.snapshots[snapshot]
        row = board_rows(board, source=about.source, licence=about.licence, retrieved=about.dated)
        digest, facts = content_digest(row), vars(row.board)
    else:
        facts = described(store, board.name, board.snapshot)
        digest = str(facts["content_digest"])
    names = ("source", "retrieved", "licence", "notes")
    return digest, [(label, str(facts[label])) for label in names if facts.get(label)]


def _options(context: click.Context, values: dict[str, Any]) -> list[tuple[str, str]]:
    """Return options with their values as they are written."""
    written = []
    for option in context.command.params:
        given = values.get(option.name or "")
        for value in given if isinstance(given, tuple) else (given,):
            if value is not None:
                written.append((option.opts[0], str(value)))
    return written


def _require_no_options(context: click.Context) -> None:
    """Raise for an option that says how a board is ranked.

    Raises:
        UsageError: With the option.
    """
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        ours = option.name in ("name", "folder", "kind", "url", "formats", "language")
        if not ours and source is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"{option.opts[0]} is for boards: leave it out")
