"""`rankcheck stability`."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import click

from flows.commands._options import (
    confidence_option,
    exponent_of,
    format_option,
    mean_options,
    resamples_option,
    seed_option,
    selection_options,
    snapshot_option,
    top_option,
    treatment_option,
)

_QUIET_SECONDS = 2.0


@click.command()
@click.argument("board")
@snapshot_option
@mean_options(default="all three")
@treatment_option()
@click.option(
    "--model",
    metavar="NAME",
    help="Model to follow, or `human`. Default: the human row, else the leader.",
)
@click.option(
    "--overtake",
    nargs=2,
    metavar="A B",
    help="Find the smallest change of task weights that puts A above B. Default: for --model.",
)
@resamples_option("Number of bootstrap samples.")
@seed_option("Random seed of the bootstrap samples.")
@confidence_option
@click.option(
    "--over",
    type=click.Choice(["tasks", "tasks+models"]),
    default="tasks",
    show_default=True,
    help="What the bootstrap resamples.",
)
@top_option("Number of rows to show for each mean. Default: all.")
@selection_options
@format_option()
def command(
    board: str,
    snapshot: str | None,
    mean: str | None,
    power: float | None,
    treatment: str,
    model: str | None,
    overtake: tuple[str, str] | None,
    resamples: int,
    seed: int,
    confidence: float,
    over: str,
    top: int | None,
    form: str,
    **selected: Any,
) -> None:
    """Test how stable the ranking of BOARD is.

    Rank intervals from a bootstrap over tasks, P(first) and P(above), the rank without each task,
    how far the means agree, and the smallest change of task weights that changes the order.
    """
    from evaluators.averaging import MEANS, find_treatment, mean_name
    from evaluators.averaging.stability.report import stability_report
    from flows.boards.leaderboards import load_board
    from flows.boards.selections import select_board, selection_of
    from flows.progress import show_progress
    from flows.reports.stability import format_stability

    p = exponent_of(mean, power)
    facts, chosen = select_board(
        load_board(board, snapshot), find_treatment(treatment), selection_of(**selected)
    )
    with show_progress() as progress:
        report = stability_report(
            facts,
            chosen,
            MEANS if p is None else {mean_name(p): p},
            resamples=resamples,
            seed=seed,
            confidence=confidence,
            model=model,
            overtake=overtake,
            over=over,
            progress=_after_a_while(progress),
        )
    click.echo(format_stability(report, form, top=top))


def _after_a_while(progress: Callable[[str, int, int], None]) -> Callable[[str, int, int], None]:
    """Report progress only after two seconds."""
    started = time.monotonic()

    def report(label: str, done: int, total: int) -> None:
        if time.monotonic() - started > _QUIET_SECONDS:
            progress(label, done, total)

    return report
