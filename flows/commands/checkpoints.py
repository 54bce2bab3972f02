"""`rankcheck checkpoints`."""

from __future__ import annotations

from pathlib import Path

import click


def _root() -> Path:
    from db.settings import settings
    from flows.places import places

    return places(settings().store).checkpoints


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


@click.group()
def command() -> None:
    """Pull, list and prune checkpoints."""


@command.command()
@click.argument("source")
@click.option("--weights-sha256", help="SHA-256 the weights file must have.")
@click.option("--fallback", help="Source to use when the first cannot be reached.")
def pull(source: str, weights_sha256: str | None, fallback: str | None) -> None:
    """Pull SOURCE: hf://org/name@revision, file:///path, package://module/path or an fsspec URL."""
    from flows.checkpoints import pull

    got = pull(source, source, weights_sha256=weights_sha256, fallback=fallback, root=_root())
    click.echo(f"digest     {got.digest}")
    click.echo(f"weights    {got.weights_sha256}")
    click.echo(f"source     {got.source}{' (the fallback)' if got.fallback_used else ''}")
    click.echo(f"revision   {got.resolved_revision or '-'}")
    click.echo(f"folder     {got.folder}")


@command.command(name="list")
def list_() -> None:
    """Show what is kept, most recently used first."""
    from flows.checkpoints import list_checkpoints

    kept = list_checkpoints(_root())
    for one in kept:
        state = "in place" if one.in_place else _gb(one.bytes) if one.complete else "unfinished"
        revision = f"@{one.resolved_revision[:12]}" if one.resolved_revision else ""
        click.echo(
            f"{one.digest[:12] or '-':12}  {state:>10}  {one.last_used:%Y-%m-%d}  "
            f"{one.source}{revision if '@' not in one.source else ''}"
        )
    if not kept:
        click.echo("none yet: rankcheck checkpoints pull SOURCE, or run a plan", err=True)


@command.command()
@click.option("--keep-days", type=click.FloatRange(min=0), help="Remove what is unused for longer.")
@click.option("--max-gb", type=click.FloatRange(min=0), help="Then remove until so much is left.")
@click.option("--dry-run", is_flag=True, help="Remove nothing, only say what would go.")
def prune(keep_days: float | None, max_gb: float | None, dry_run: bool) -> None:
    """Remove checkpoints that were not used for long; what is in use stays."""
    from flows.checkpoints import prune

    if keep_days is None and max_gb is None:
        raise click.UsageError("say what to keep: --keep-days 30, --max-gb 50, or both")
    done = prune(_root(), keep_days=keep_days, max_gb=max_gb, dry_run=dry_run)
    for one in done.removed:
        click.echo(f"{'would remove' if dry_run else 'removed'}  {_gb(one.bytes)}  {one.source}")
    for one in done.in_use:
        click.echo(f"in use, kept  {_gb(one.bytes)}  {one.source}", err=True)
    click.echo(
        f"{_gb(done.freed_bytes)} {'to free' if dry_run else 'freed'}, {_gb(done.kept_bytes)} kept"
    )
