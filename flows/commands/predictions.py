"""`rankcheck predictions`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from flows.sheet_output import FORMATS

if TYPE_CHECKING:
    from flows.predictions import KeptPredictions

_form = click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True
)
_seed = click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of the resampling."
)


@click.group()
def command() -> None:
    """Look at what runs of the CLUE tasks said about every example.

    RUN is a run's id or how it begins: `rankcheck sql "SELECT run_id, task, mode, method FROM
    clue_scores"` lists them.
    """


@command.command()
@click.argument("run")
@_seed
@_form
def score(run: str, seed: int, form: str) -> None:
    """Compute every metric of RUN anew from its predictions; no model is needed."""
    from evaluators.clue import metrics, tasks
    from flows.prediction_sheet import score_records, score_sheet
    from flows.sheet_output import write

    kept = _read(run)
    scores = metrics.scored(tasks.find(kept.task), kept.predictions, seed=seed)
    records = score_records(kept, scores)
    document = {"run_id": kept.run_id, "task": kept.task, "split": kept.split, "scores": records}
    click.echo(write(score_sheet(kept, scores), form, records=records, document=document))


@command.command()
@click.argument("arm")
@click.argument("base")
@_seed
@_form
def compare(arm: str, base: str, seed: int, form: str) -> None:
    """Compare run ARM with run BASE on the examples both were scored on."""
    from evaluators.clue import metrics, tasks
    from evaluators.clue.metrics.intervals import difference, mcnemar
    from flows.prediction_sheet import comparison_sheet
    from flows.predictions import demand_same_examples
    from flows.sheet_output import write

    one, other = _read(arm), _read(base)
    demand_same_examples(one, other)
    task = tasks.find(one.task)
    pairs = zip(
        metrics.metrics_of(task, one.predictions),
        metrics.metrics_of(task, other.predictions),
        strict=True,
    )
    found = [(a.name, a.total, b.total, difference(a, b, seed=seed)) for a, b in pairs]
    test = mcnemar(metrics.right(one.predictions), metrics.right(other.predictions))
    records = [
        {
            "arm": one.run_id,
            "base": other.run_id,
            "task": one.task,
            "split": one.split,
            "metric": name,
            "arm_value": a,
            "base_value": b,
            "difference": d.value,
            "ci_low": d.low,
            "ci_high": d.high,
            "n": len(one.predictions),
            "gained": test.gained,
            "lost": test.lost,
            "mcnemar_p": test.p_value,
        }
        for name, a, b, d in found
    ]
    sheet = comparison_sheet(one, other, found, test)
    click.echo(write(sheet, form, records=records, document={"comparison": records}))


@command.command()
@click.argument("run")
@click.option("--wrong", is_flag=True, help="Only the examples that are not wholly right.")
def export(run: str, wrong: bool) -> None:
    """Write RUN's predictions to standard output, one JSON object a line."""
    import json

    from evaluators.clue import kept, metrics

    found = _read(run)
    table = kept.to_table(found.predictions, task=found.task, split=found.split)
    right = metrics.right(found.predictions)
    for row, fine in enumerate(right):
        if wrong and fine:
            continue
        line = {name: values[row] for name, values in table.columns.items()}
        click.echo(json.dumps({**line, "right": bool(fine)}, ensure_ascii=False))


def _read(run: str) -> KeptPredictions:
    from db import open_store
    from db.settings import settings
    from flows import predictions
    from flows.places import places

    chosen = settings()
    return predictions.read(open_store(chosen.store), places(chosen.store).tables, run)
