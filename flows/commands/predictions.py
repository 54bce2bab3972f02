"""`rankcheck predictions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flows.commands._options import format_option, seed_option, top_option

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

    run_predictions = _read(run)
    scores = metrics.scored(
        tasks.find(run_predictions.task), run_predictions.predictions, seed=seed
    )
    click.echo(format_scores(run_predictions, scores, form))


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

    location = _store_and_folder()
    (arm_id, arms), (base_id, bases) = read_table(*location, arm), read_table(*location, base)
    click.echo(format_paired(arm_id, base_id, paired(arms, bases, seed=seed), form))


@command.command()
@click.argument("run")
@click.option("--wrong", is_flag=True, help="Export only examples that are not completely right.")
def export(run: str, wrong: bool) -> None:
    """Write RUN's predictions to standard output, one JSON object per line."""
    import json

    from evaluators.clue import metrics
    from evaluators.trainer import predictions as kept

    run_predictions = _read(run)
    table = kept.to_table(
        run_predictions.predictions, task=run_predictions.task, split=run_predictions.split
    )
    right = metrics.right(run_predictions.predictions)
    for row, is_right in enumerate(right):
        if wrong and is_right:
            continue
        line = {name: values[row] for name, values in table.columns.items()}
        click.echo(json.dumps({**line, "right": bool(is_right)}, ensure_ascii=False))


@command.command()
@click.argument("task")
@click.option("--split", help="Split of the task. Default: the one with most runs.")
@top_option("Number of most informative examples to select.", 200)
@seed_option("Random seed of the simulation, and of the folds over models.")
@format_option()
def items(task: str, split: str | None, top: int, seed: int, form: str) -> None:
    """Analyse the examples of TASK by the answers of all models that were scored on it.

    For every example: how hard it is, how well it tells better models from worse ones, and whether
    better models get it wrong more often (a broken label, perhaps). A model is a checkpoint in one
    configuration; its seeds count as one. At least 8 models are needed; the texts are not printed.
    """
    from evaluators.item_response.analysis import analyse
    from flows.reports.items import format_items
    from flows.runs.predictions import respondents

    answers = respondents(*_store_and_folder(), task, split)
    analysis = analyse(answers.responses, answers.seeds, top=top, seed=seed)
    click.echo(format_items(answers, analysis, form))


def _read(run: str) -> KeptPredictions:
    from flows.runs import predictions

    return predictions.read(*_store_and_folder(), run)


def _store_and_folder() -> tuple[Store, Path]:
    from db import open_store
    from db.settings import settings
    from flows.runs.places import places

    chosen = settings()
    return open_store(chosen.store), places(chosen.store).tables
