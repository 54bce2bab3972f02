"""`rankcheck export`."""

from __future__ import annotations

from pathlib import Path

import click

from flows import exporters
from flows.commands._options import snapshot_option


@click.group()
def command() -> None:
    """Write boards in the forms that others share, and views as Parquet."""


@command.command()
@click.argument("board")
@snapshot_option
@click.option(
    "--form",
    type=click.Choice(exporters.names()),
    required=True,
    help="Form of the files; `rankcheck import` reads each of them again.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(path_type=Path),
    required=True,
    help="New or empty folder for the files.",
)
def board(board: str, snapshot: str | None, form: str, folder: Path) -> None:
    """Write BOARD, bundled, imported or measured, as files of one form."""
    from flows.boards.exporting import export_board

    count, notes = export_board(board, snapshot, form, folder)
    click.echo(f"{count} files in {folder}")
    for note in notes:
        click.echo(f"note: {note}", err=True)


@command.command()
@click.argument("view")
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="The Parquet file; an existing one is replaced.",
)
def view(view: str, path: Path) -> None:
    """Write VIEW, any view or table of the store, as a Parquet file."""
    from db import open_store
    from db.parquet import write_parquet

    rows = write_parquet(open_store(), view, path)
    click.echo(f"{rows:,} rows in {path}")
