"""`rankcheck datasets`."""

from __future__ import annotations

import sys
from collections.abc import Iterable

import click

from flows.datasets.check import Listed


@click.group()
def command() -> None:
    """List the tasks and check their data."""


@command.command(name="list")
@click.argument("tasks", nargs=-1)
def list_(tasks: tuple[str, ...]) -> None:
    """Show where each of TASKS (by default all) would be read from."""
    from db.settings import settings
    from flows.datasets.check import listing
    from flows.places import places

    chosen = settings()
    cache = places(chosen.store).dataset_digests
    _show(listing(tasks or None, mirrors=chosen.data, cache=cache))


@command.command()
@click.argument("tasks", nargs=-1)
@click.option("--download", is_flag=True, help="Load from the hub what is not here.")
def check(tasks: tuple[str, ...], download: bool) -> None:
    """Read every split that TASKS (by default all) score or fit on, whole."""
    from db.settings import settings
    from flows.datasets.check import check
    from flows.progress import show_progress

    with show_progress() as progress:
        found = check(tasks or None, mirrors=settings().data, download=download, progress=progress)
    _show(found)
    sys.exit(1 if any(one.problem and one.where != "not here" for one in found) else 0)


def _show(found: Iterable[Listed]) -> None:
    for one in found:
        rows = "" if one.rows is None else f"{one.rows} pairs, {one.distinct} sentences"
        digest = (one.digest or "")[:12]
        click.echo(
            f"{one.task:16} {one.language}  {one.split:14} {one.where:9} {rows:32} {digest:12}  "
            f"{one.licence}"
        )
        if one.problem:
            click.echo(f"  {one.problem}", err=True)
