# ruff: noqa: N999 - the file's name is the command's
"""`rankcheck import`: one subcommand per format, found by its file in `flows/importers`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from evaluators.names import nearest
from flows import importers
from flows.reports.sheet import FORMATS

_SHARED = (
    click.Argument(["path"], type=click.Path(path_type=Path)),
    click.Option(["--board"], required=True, help="Name of the board, new or existing."),
    click.Option(
        ["--snapshot"], required=True, help="Date of the snapshot, for example 2024-07-13."
    ),
    click.Option(["--source"], default="", help="Where the numbers come from. Default: the file."),
    click.Option(["--licence"], default="", help="Licence of the numbers."),
    click.Option(
        ["--unit"],
        type=click.Choice(["1", "100"]),
        help="The perfect score, if it cannot be inferred from the file.",
    ),
    click.Option(
        ["--metric-unit", "units"],
        multiple=True,
        metavar="NAME=1|100",
        help="The perfect score of a metric or column, where others have another. Repeatable.",
    ),
    click.Option(
        ["--column-spec"],
        metavar="FILE|BOARD",
        help="A board.yaml that describes the columns (task, metric, role, sub-split, unit), or the"
        " name of a known board with the same columns.",
    ),
    click.Option(
        ["--human"],
        multiple=True,
        metavar="MODEL",
        help="Mark this row as a human baseline; repeatable.",
    ),
    click.Option(
        ["--repeated"],
        multiple=True,
        metavar="MODEL",
        help="Treat each row of this name as a separate submission; ALL for every name.",
    ),
    click.Option(
        ["--suspect"],
        multiple=True,
        metavar="MODEL",
        help="Keep this row as printed, but flag it as suspect; repeatable.",
    ),
    click.Option(
        ["--ignore"], multiple=True, metavar="COLUMN", help="Ignore this column; repeatable."
    ),
    click.Option(
        ["--metric-direction", "directions"],
        multiple=True,
        metavar="NAME=higher|lower|none",
        help="Which way is better for a metric or column; none leaves it out. Repeatable.",
    ),
    click.Option(
        ["--lower-is-better", "lower"],
        is_flag=True,
        help="Import columns of which less is better too. They rank under a treatment that says"
        " how, such as per-task+complement.",
    ),
    click.Option(
        ["--model-from"],
        default="config",
        show_default=True,
        metavar="config|folder|file|PATTERN",
        help="Where a row's name comes from: what the file says, its folder, its own name, or a"
        " regular expression searched for in its path (the group named model, or the first).",
    ),
    click.Option(
        ["--rename"],
        type=click.Path(path_type=Path, dir_okay=False, exists=True),
        metavar="FILE",
        help="CSV file of new names: a line `old,new` for each.",
    ),
    click.Option(
        ["--keep"],
        default="",
        metavar="newest|best|revision=NAME",
        help="Import one row a model, where there are several revisions of it. Default: all.",
    ),
    click.Option(
        ["--no-facts"],
        is_flag=True,
        help="Leave out facts about models, such as parameters and licence; in a table their"
        " columns are then scores, or must be left out.",
    ),
    click.Option(
        ["--trajectory"],
        default="",
        metavar="PATTERN|none",
        help="How a row's name or file says its training run and step: a regular expression with"
        " the groups run and step. Default: step1000, checkpoint-500 and the like; none: not at"
        " all.",
    ),
    click.Option(
        ["--strict"],
        is_flag=True,
        help="Refuse files that are no results, and settings that make numbers incomparable,"
        " instead of noting them.",
    ),
    click.Option(["--verbose"], is_flag=True, help="Name everything in notes, not the first few."),
    click.Option(
        ["--new-columns"], is_flag=True, help="Accept columns that earlier snapshots lack."
    ),
    click.Option(
        ["--dry-run"], is_flag=True, help="Read and validate the file without writing to the store."
    ),
    click.Option(
        ["--format", "form"],
        type=click.Choice(list(FORMATS)),
        default="table",
        show_default=True,
        help="Output format.",
    ),
)


class Formats(click.Group):
    """A group that finds formats by file, so that each is imported only when used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the formats."""
        return list(importers.names())

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Answer an unknown format with the nearest one."""
        if args and not args[0].startswith("-") and args[0] not in importers.names():
            raise click.UsageError(f"no format {args[0]!r}{nearest(args[0], importers.names())}")
        return super().resolve_command(ctx, args)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Make the command of one format: the shared options and its own."""
        if cmd_name not in importers.names():
            return None
        module = importers.find(cmd_name)

        def run(**values: Any) -> None:
            format_options = {
                str(option.name): values.pop(str(option.name)) for option in module.OPTIONS
            }
            _import(cmd_name, format_options, **values)

        return click.Command(
            cmd_name, params=[*_SHARED, *module.OPTIONS], callback=run, help=module.__doc__
        )


def _import(
    form_of_file: str,
    format_options: dict[str, Any],
    *,
    path: Path,
    column_spec: str | None,
    unit: str | None,
    units: tuple[str, ...],
    directions: tuple[str, ...],
    rename: Path | None,
    dry_run: bool,
    form: str,
    **shared: Any,
) -> None:
    from db import open_store
    from flows.boards.importing import import_board
    from flows.importers._columns import column_spec as spec_of
    from flows.importers._columns import read_units
    from flows.importers._directions import read_directions
    from flows.importers._draft import Asked
    from flows.importers._identity import read_names
    from flows.reports.imports import format_import

    store = open_store()
    asked = Asked(
        **shared,
        unit=None if unit is None else float(unit),
        units=read_units(units),
        directions=read_directions(directions),
        rename={} if rename is None else read_names(rename),
        spec=None if column_spec is None else spec_of(column_spec, store),
    )
    outcome = import_board(
        store,
        form_of_file,
        path,
        asked,
        format_options,
        dry_run=dry_run,
    )
    click.echo(format_import(outcome, form))
    if form != "table":  # the table contains the notes
        for note in outcome.imported.notes:
            click.echo(f"note: {note}", err=True)


@click.command(cls=Formats)
def command() -> None:
    """Import a foreign leaderboard as a snapshot of a board, with its ranks."""
