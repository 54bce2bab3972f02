"""`rankcheck sql`."""

from __future__ import annotations

import click

from flows.commands._options import format_option
from flows.reports.query import FORMATS


@click.command()
@click.argument("query")
@format_option(FORMATS)
@click.option(
    "--max-rows",
    type=click.IntRange(min=1),
    default=1000,
    show_default=True,
    help="Maximum number of rows to show.",
)
@click.option(
    "--deadline",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="Time limit of the query in seconds.",
)
def command(query: str, form: str, max_rows: int, deadline: float) -> None:
    """Run one SQL QUERY on the store, read-only, in a sandboxed process.

    List all tables, views and columns: rankcheck sql "SELECT * FROM dictionary".
    """
    from db.sandbox import run_query
    from flows.reports.query import render

    # Who asks by hand has often just written; a minute counts where many ask.
    result = run_query(None, query, max_rows=max_rows, deadline=deadline, max_age=0.0)
    click.echo(render(result, form))
    if result.truncated:
        click.echo(f"cut at {max_rows} rows; --max-rows shows more", err=True)
    if result.cut_cells:
        click.echo(f"{result.cut_cells} wide cells were cut; they end in …", err=True)
    if result.as_of:
        click.echo(f"as of {result.as_of:%Y-%m-%d %H:%M:%S} UTC", err=True)
