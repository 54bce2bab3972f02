"""`rankcheck predictions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flows.commands._options import format_option, seed_option

if TYPE_CHECKING:
    from pathlib import Path

    from db.store import Store
    from flows.runs.predictions import KeptPredictions

_seed = seed_option("Random seed of the resampling.")


@click.group()
def command() -> None:
    """Score, compare and export the stored predictions of runs.

    Runs of CLUE tasks store predictions, which all subcommands read; runs of sentence-pair tasks
    (STS) store similarities, which only compare reads. RUN is a run's id or the beginning of it:
    `rankcheck sql "SELECT run_id, task, mode, method FROM clue_scores"` lists them, sts_scores
    those of STS.
    """


@command.command()
@click.argument("run")
@_seed
@format_option()
def score(run: str, seed: int, form: str) -> None:
    """Recompute every metric of RUN from its stored predictions, without the model."""
    from evaluators.clue import metrics, tasks
    from flows.reports.predictions import format_scores

    kept = _read(run)
    scores = metrics.scored(tasks.find(kept.task), kept.predictions, seed=seed)
    click.echo(format_scores(kept, scores, form))


@command.command()
@click.argument("arm")
@click.argument("base")
@_seed
@format_option()
def compare(arm: str, base: str, seed: int, form: str) -> None:
    """Compare run ARM with run BASE on the examples both were scored on.

    For runs of a CLUE task: every metric, and McNemar's test on the correct examples. For runs of
    a sentence-pair task (STS): Spearman's and Pearson's correlation. Each difference is ARM minus
    BASE, with a 95% bootstrap interval over the examples, using the same samples for both.
    """
    from evaluators.paired import paired
    from flows.reports.predictions import format_paired
    from flows.runs.predictions import read_table

    where = _where()
    (one, arms), (other, bases) = read_table(*where, arm), read_table(*where, base)
    click.echo(format_paired(one, other, paired(arms, bases, seed=seed), form))


@command.command()
@click.argument("run")
@click.option("--wrong", is_flag=True, help="Export only examples that are not completely right.")
def export(run: str, wrong: bool) -> None:
    """Write RUN's predictions to standard output, one JSON object per line."""
    import json

    from evaluators.clue import metrics
    from evaluators.trainer import predictions as kept

    found = _read(run)
    table = kept.to_table(found.predictions, task=found.task, split=found.split)
    right = metrics.right(found.predictions)
    for row, fine in enumerate(right):
        if wrong and fine:
            continue
        line = {name: values[row] for name, values in table.columns.items()}
        click.echo(json.dumps({**line, "right": bool(fine)}, ensure_ascii=False))


def _read(run: str) -> KeptPredictions:
    from flows.runs import predictions

    return predictions.read(*_where(), run)


def _where() -> tuple[Store, Path]:
    from db import open_store
    from db.settings import settings
    from flows.runs.places import places

    chosen = settings()
    return open_store(chosen.store), places(chosen.store).tables
