"""`rankcheck db`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.group()
def command() -> None:
    """Upgrade, check, maintain, back up and restore the store."""


@command.command()
def upgrade() -> None:
    """Create the store, or upgrade it to this version's schema and facts."""
    from db import open_store
    from flows.boards.facts import publish_facts

    store = open_store()
    changed = store.upgrade(rebuild=True)
    publish_facts(store)
    click.echo(f"{store.place} {'upgraded' if changed else 'is up to date'}")


@command.command()
def check() -> None:
    """Check the store for duplicate runs, orphaned rows and NaN scores."""
    from db import open_store
    from db.health import health

    report = health(open_store())
    click.echo(f"{report.place}  ({report.engine}, schema {report.revision})")
    for table, rows in report.rows.items():
        click.echo(f"  {table:22} {rows:>10,}")
    for note in report.notes:
        click.echo(f"note: {note}")
    for problem in report.problems:
        click.echo(f"problem: {problem}")
    if not report.problems:
        click.echo("no problems")
    sys.exit(1 if report.problems else 0)


@command.command()
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    default=30.0,
    show_default=True,
    help="How long the history of a DuckLake is kept, in days.",
)
def maintain(keep_days: float) -> None:
    """Merge the small files of a DuckLake and forget its old history, once a month.

    A DuckDB file needs no more than its write-ahead log merged. No current row changes.
    """
    from db import open_store
    from db.maintain import maintain

    store = open_store()
    done = maintain(store, keep_days=keep_days)
    if done.before is None or done.after is None:
        click.echo(f"{store.place}: the write-ahead log is merged")
        return
    for name in done.before._fields:
        old, new = getattr(done.before, name), getattr(done.after, name)
        click.echo(f"{name:10} {old:>14,} -> {new:,}")
    click.echo(f"{done.removed:,} files that nothing reads were deleted")


@command.command()
@click.argument("path", type=click.Path(path_type=Path))
def backup(path: Path) -> None:
    """Write a consistent copy of the store to PATH, while others keep using it."""
    from db import open_store
    from db.backup import backup

    click.echo(f"backed up to {backup(open_store(), path)}")


@command.command()
@click.argument("path", type=click.Path(path_type=Path))
def restore(path: Path) -> None:
    """Replace the store by the backup at PATH; the old store is kept beside it."""
    from db import open_store
    from db.backup import restore

    store = open_store()
    aside = restore(store, path)
    click.echo(f"restored {store.place} from {path}")
    if aside:
        click.echo(f"the previous store is now {aside}")
