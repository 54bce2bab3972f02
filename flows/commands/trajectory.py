"""`rankcheck trajectory`."""

from __future__ import annotations

from typing import Any

import click

from flows.commands._options import (
    exponent_of,
    format_option,
    mean_options,
    seed_option,
    selection_options,
    snapshot_option,
    treatment_option,
)


@click.command()
@click.argument("board")
@snapshot_option
@click.option("--run", metavar="NAME", help="Show only this training run.")
@click.option(
    "--task",
    "curves",
    multiple=True,
    metavar="NAME",
    help="Show only the curve of this task, or of the mean; repeatable. Default: all.",
)
@click.option(
    "--chance",
    "chances",
    multiple=True,
    metavar="TASK=SCORE",
    help="Score of chance on a task, to say from which step on it is exceeded; repeatable.",
)
@mean_options("arithmetic")
@treatment_option()
@selection_options
@seed_option("Random seed of the simulations behind p-values.")
@format_option()
def command(
    board: str,
    snapshot: str | None,
    run: str | None,
    curves: tuple[str, ...],
    chances: tuple[str, ...],
    mean: str | None,
    power: float | None,
    treatment: str,
    seed: int,
    form: str,
    **selected: Any,
) -> None:
    """Show how scores of BOARD change along its training runs.

    For each task and for the mean: first, last and best step, the trend, and change points: jumps
    that no smooth curve makes.
    """
    from evaluators.averaging import find_treatment
    from evaluators.trajectories.runs import board_curves
    from evaluators.trajectories.summary import summarize
    from flows.boards.leaderboards import load_board
    from flows.boards.selections import select_board, selection_of
    from flows.progress import show_progress
    from flows.reports.trajectory import format_trajectories, read_chances

    p = exponent_of(mean, power)
    p = 1.0 if p is None else p
    selection = selection_of(**selected)
    whole = load_board(board, snapshot)
    facts, chosen = select_board(whole, find_treatment(treatment), selection)
    found = board_curves(facts, chosen, p, run=run, tasks=curves)
    known = read_chances(chances, [curve.task for curve in found.curves])
    with show_progress() as progress:
        summaries = summarize(found.curves, chance=known, seed=seed, progress=progress)
    click.echo(format_trajectories(facts, chosen, p, found, summaries, form, seed=seed))
