"""`rankcheck sql`."""

from __future__ import annotations

import click


@click.command()
@click.argument("query")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "csv", "json", "markdown"]),
    default="table",
    show_default=True,
)
@click.option("--max-rows", default=1000, show_default=True, help="Rows shown; more are cut.")
@click.option("--deadline", default=5.0, show_default=True, help="Seconds a query may take.")
def command(query: str, form: str, max_rows: int, deadline: float) -> None:
    """Run one SQL QUERY on the store, read-only, in a locked process of its own.

    Tables and views: SELECT * FROM dictionary.
    """
    from db.sandbox import run_query

    from db.settings import settings
    from flows.query_output import render

    result = run_query(settings().store, query, max_rows=max_rows, deadline=deadline)
    click.echo(render(result, form))
    if result.truncated:
        click.echo(f"cut at {max_rows} rows: raise --max-rows to see more", err=True)
