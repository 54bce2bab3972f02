"""`rankcheck report`."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from flows.commands._options import (
    exponent_of,
    mean_options,
    selection_options,
    snapshot_option,
    treatment_option,
)

if TYPE_CHECKING:
    from dashboard.shared.report import Report
    from db.store import Store
    from evaluators.averaging import Board

KINDS = ("board", "claim", "article", "plan-run")


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
@snapshot_option
@mean_options(default="arithmetic")
@treatment_option()
@selection_options
def command(
    name: str,
    folder: Path,
    kind: str | None,
    url: str | None,
    model: str | None,
    snapshot: str | None,
    mean: str | None,
    power: float | None,
    treatment: str,
    **selected: Any,
) -> None:
    """Write a page to share about NAME: a board, a claim, an article, or a plan run by its id.

    The folder needs no server: index.html with its pictures, the data as CSV, JSON and Parquet, a
    share picture and a badge. The same store and code give the same bytes. The beginning of a plan
    run's id is enough. Options on snapshot, mean, treatment, tasks and models are for boards.
    """
    from dashboard.shared.quiet import quiet

    quiet()
    from dashboard.shared.folder import published_at, validate_folder, write_report
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
        report, snapshot = board_report_of(store, name, snapshot, power, treatment, selected, model)
        ranked = ["--snapshot", snapshot, "--p", _shortest(power), "--treatment", treatment]
        again = [name, *ranked, *_written(context, {"model": model, **selected})]
    else:
        _require_no_options(context)
        report, again = stored_report_of(store, kind, name), [name]
    published = ["--url", address] if address else []
    words = [*again, *named, *published]
    version = code_version()
    edited = " with uncommitted changes" if version.dirty else ""
    try:
        files = write_report(
            report,
            folder,
            command=f"rankcheck report {shlex.join(words)} --to FOLDER",
            code=f"{version.commit}{edited}",
            address=address,
        )
    except OSError as error:
        full = cannot_write(error, [folder])
        raise LeaderboardError(full or f"{folder} cannot be written: {error.strerror}") from error
    click.echo(f"{folder}: {', '.join(files)}", err=True)


def find(store: Store, name: str, kind: str | None = None) -> tuple[str, str]:
    """Return what a name is, one of `KINDS`, and how it is written there.

    Args:
        store: Its boards can be named, beside those that come with the package.
        name: A board, a claim's id, an article's number or short name, or a plan run's id or at
            least the first six characters of it.
        kind: What it must be; None for any.

    Raises:
        UnknownNameError: There is nothing of that name, with what is near.
        UsageError: Several things have the name.
    """
    from evaluators import claims
    from evaluators.articles import ARTICLES
    from evaluators.names import UnknownNameError
    from flows.boards.leaderboards import known_boards
    from flows.judging.verdicts import asserted

    known = {
        "board": {board: board for board in known_boards(store)},
        "claim": {
            claim: claim for claim in (asserted(store) if store.exists() else claims.names())
        },
        "article": {
            alias: str(article.number)
            for article in ARTICLES
            for alias in (*map(str, article.numbers), article.name)
        },
        "plan-run": _plan_runs(store, name),
    }
    wanted = [kind] if kind else list(KINDS)
    found = [(each, known[each][name]) for each in wanted if name in known[each]]
    if not found:
        raise UnknownNameError(
            _words(kind) if kind else "board, claim, article or plan run",
            name,
            [n for each in wanted for n in known[each]],
        )
    if len(found) > 1:
        kinds = " and ".join(
            f"a {_words(each)}".replace("a article", "an article") for each, _ in found
        )
        raise click.UsageError(f"{name} is {kinds}: choose with --as {found[0][0]}")
    return found[0]


def _words(kind: str) -> str:
    return kind.replace("-", " ")


_SHORTEST = 6
"""Characters of a plan run's id that are enough, where no other id begins with them."""

_IDS = "SELECT night_id FROM runs UNION SELECT night_id FROM night_reports"


def _plan_runs(store: Store, name: str) -> dict[str, str]:
    """Return the ids of plan runs, and that of the only one that begins with a name."""
    if not store.exists():
        return {}
    with store.read() as connection:
        ids = sorted(connection.exec_driver_sql(_IDS).scalars())
    begun = [each for each in ids if len(name) >= _SHORTEST and each.startswith(name)]
    return {each: each for each in ids} | ({name: begun[0]} if len(begun) == 1 else {})


def board_report_of(
    store: Store,
    name: str,
    snapshot: str | None,
    p: float,
    treatment: str,
    selected: dict[str, Any],
    model: str | None = None,
) -> tuple[Report, str]:
    """Return the report of a board, and its snapshot.

    Raises:
        LeaderboardError: There is no such snapshot, or what is selected cannot be read.
        TreatmentError: The board cannot be ranked so.
    """
    from dashboard.shared.board import board_report
    from evaluators.averaging import find_treatment
    from flows.boards.leaderboards import load_board
    from flows.boards.selections import select_board, selection_of

    whole = load_board(name, snapshot, store)
    board, chosen = select_board(whole, find_treatment(treatment), selection_of(**selected))
    digest, facts = _described(store, whole)
    report = board_report(whole, board, chosen, p, digest=digest, source=facts, model=model)
    return report, whole.snapshot


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


def _written(context: click.Context, selected: dict[str, Any]) -> list[str]:
    """Return options with their values as they are written."""
    words = []
    for option in context.command.params:
        given = selected.get(option.name or "")
        for value in given if isinstance(given, tuple) else (given,):
            if value is not None:
                words += [option.opts[0], str(value)]
    return words


def _shortest(p: float) -> str:
    short = f"{p:g}"
    return short if float(short) == p else repr(p)


def _require_no_options(context: click.Context) -> None:
    """Raise for an option that says how a board is ranked.

    Raises:
        UsageError: With the option.
    """
    for option in context.command.params:
        source = context.get_parameter_source(option.name or "")
        ours = option.name in ("name", "folder", "kind", "url")
        if not ours and source is not click.core.ParameterSource.DEFAULT:
            raise click.UsageError(f"{option.opts[0]} is for boards: leave it out")
