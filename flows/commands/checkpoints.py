"""`rankcheck checkpoints`."""

from __future__ import annotations

from pathlib import Path

import click


def _root() -> Path:
    from db.settings import settings
    from flows.runs.places import places

    return places(settings().store).checkpoints


def _gb(size: int) -> str:
    return f"{size / 1e9:.2f} GB"


@click.group()
def command() -> None:
    """Pull, convert, make, list and prune checkpoints."""


@command.command()
@click.argument("source")
@click.option("--weights-sha256", help="Required SHA-256 of the weights file.")
@click.option("--fallback", help="Source to use if SOURCE cannot be reached.")
def pull(source: str, weights_sha256: str | None, fallback: str | None) -> None:
    """Pull SOURCE: hf://org/name@revision, file:///path, package://module/path or an fsspec URL.

    small-bert://4x256?seed=0 creates a small BERT with random weights.
    """
    from flows.checkpoints import pull

    checkpoint = pull(
        source, source, weights_sha256=weights_sha256, fallback=fallback, root=_root()
    )
    click.echo(f"digest     {checkpoint.digest}")
    click.echo(f"weights    {checkpoint.weights_sha256}")
    click.echo(
        f"source     {checkpoint.source}{' (the fallback)' if checkpoint.fallback_used else ''}"
    )
    click.echo(f"revision   {checkpoint.resolved_revision or '-'}")
    click.echo(f"folder     {checkpoint.folder}")
    if checkpoint.note:
        click.echo(f"note       {checkpoint.note}")


@command.command()
@click.argument("source")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def convert(source: str, folder: Path) -> None:
    """Convert the pickled weights of SOURCE to safetensors in a new FOLDER.

    SOURCE is a folder, file:///path or hf://org/name@revision with pytorch_model.bin, sharded or
    not. A pickle can run code when it is read, so a locked process without network reads it, and
    only tensors are accepted. Their values and dtypes stay as they are.
    """
    from flows.checkpoints.convert import convert as convert_
    from flows.progress import show_progress

    with show_progress() as progress:
        converted = convert_(source, folder, progress=progress)
    for path, sha256 in converted.pickles.items():
        click.echo(f"pickle     {sha256}  {path}")
    click.echo(f"tensors    {converted.tensors}, {_gb(converted.bytes)}")
    for name, kept in converted.tied.items():
        click.echo(f"tied       {name} is {kept}")
    click.echo(f"folder     {converted.folder}")
    click.echo(f"source     file://{converted.folder}")
    if converted.unlocked:
        click.echo(
            f"This system cannot lock {', '.join(converted.unlocked)} for the process that read the"
            " pickle.",
            err=True,
        )


@command.command(name="make-small-bert")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--layers", default=4, show_default=True, help="Number of encoder layers.")
@click.option("--hidden", default=256, show_default=True, help="Size of the hidden states.")
@click.option("--heads", default=4, show_default=True, help="Number of attention heads.")
@click.option(
    "--positions", default=512, show_default=True, help="Maximum number of tokens in the input."
)
@click.option("--seed", default=0, show_default=True, help="Random seed of the weights.")
@click.option(
    "--pretrain",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Text for masked language modelling, one paragraph per line (.txt or .txt.gz).",
)
@click.option(
    "--steps", default=1000, show_default=True, help="Pretraining steps of 4,096 tokens each."
)
def make_small_bert(
    folder: Path,
    layers: int,
    hidden: int,
    heads: int,
    positions: int,
    seed: int,
    pretrain: Path | None,
    steps: int,
) -> None:
    """Make a small BERT in FOLDER: a Chinese character vocabulary and seeded random weights.

    The same options give the same bytes. With --pretrain the model is pretrained by masked
    language modelling; otherwise its weights stay random.
    """
    from evaluators.checkpoint.verify import verify
    from evaluators.small_bert.make import Size
    from evaluators.small_bert.make import make_small_bert as make
    from evaluators.small_bert.pretrain import Course, pretrain_small_bert
    from flows.inputs.corpus import read_lines
    from flows.progress import show_progress

    make(folder, Size(layers, hidden, heads, positions, seed))
    if pretrain is not None:
        with show_progress() as progress:
            losses = pretrain_small_bert(
                folder,
                read_lines(pretrain),
                Course(steps=steps, seed=seed),
                report=lambda done, total: progress("pretraining", done, total),
            )
        click.echo(f"loss       {losses[0]:.3f} to {losses[-1]:.3f} in {steps} steps")
    verify(folder)
    click.echo(f"folder     {folder}")
    click.echo(f"source     file://{folder.resolve()}")


@command.command(name="list")
def list_() -> None:
    """List the stored checkpoints, most recently used first."""
    from flows.checkpoints import list_checkpoints

    checkpoints = list_checkpoints(_root())
    for checkpoint in checkpoints:
        state = (
            "in place"
            if checkpoint.in_place
            else _gb(checkpoint.bytes)
            if checkpoint.complete
            else "unfinished"
        )
        revision = f"@{checkpoint.resolved_revision[:12]}" if checkpoint.resolved_revision else ""
        click.echo(
            f"{checkpoint.digest[:12] or '-':12}  {state:>10}  {checkpoint.last_used:%Y-%m-%d}  "
            f"{checkpoint.source}{revision if '@' not in checkpoint.source else ''}"
        )
    if not checkpoints:
        click.echo("none yet: rankcheck checkpoints pull SOURCE, or run a plan", err=True)


@command.command()
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    help="Remove checkpoints unused for more days than this.",
)
@click.option(
    "--max-gb",
    type=click.FloatRange(min=0),
    help="Then remove the least recently used until at most this much is left.",
)
@click.option("--dry-run", is_flag=True, help="Only list what would be removed.")
def prune(keep_days: float | None, max_gb: float | None, dry_run: bool) -> None:
    """Remove checkpoints that have not been used for long, except those in use."""
    from flows.checkpoints import prune

    if keep_days is None and max_gb is None:
        raise click.UsageError("prune needs a limit: give --keep-days 30, --max-gb 50, or both")
    done = prune(_root(), keep_days=keep_days, max_gb=max_gb, dry_run=dry_run)
    for checkpoint in done.removed:
        click.echo(
            f"{'would remove' if dry_run else 'removed'}  {_gb(checkpoint.bytes)}  "
            f"{checkpoint.source}"
        )
    for checkpoint in done.in_use:
        click.echo(f"in use, kept  {_gb(checkpoint.bytes)}  {checkpoint.source}", err=True)
    click.echo(
        f"{_gb(done.freed_bytes)} {'to free' if dry_run else 'freed'}, {_gb(done.kept_bytes)} kept"
    )
