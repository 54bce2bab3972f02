"""`rankcheck metrics`."""

from __future__ import annotations

import sys
from pathlib import Path

import click


@click.command()
@click.option(
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Replace this file instead of printing: for the text-file collector of node_exporter.",
)
def command(file: Path | None) -> None:
    """Write metrics of the store and of plan runs in Prometheus's text format.

    Exits with status 1 if the store cannot be read; the other metrics are then written all the
    same.
    """
    from db.settings import settings
    from evaluators.atomic import replacing
    from flows.operations.metrics import metrics_text

    text = metrics_text(settings())
    if file is None:
        click.echo(text, nl=False)
    else:
        with replacing(file.absolute()) as new:
            new.write_text(text, encoding="utf-8")
    sys.exit(0 if "\nrankcheck_store_up 1.0\n" in text else 1)
