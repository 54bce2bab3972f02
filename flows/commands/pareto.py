"""`rankcheck pareto`."""

from __future__ import annotations

from typing import Any

import click

from evaluators.model_facts.facts import SIZES
from flows.commands._options import (
    confidence_option,
    exponent_of,
    format_option,
    mean_options,
    resamples_option,
    seed_option,
    selection_options,
    snapshot_option,
    treatment_option,
)


@click.command()
@click.argument("board")
@snapshot_option
@click.option(
    "--by",
    "fact",
    type=click.Choice(list(SIZES)),
    default="parameters",
    show_default=True,
    help="Size to weigh against the score; of context_tokens more is better, of the others less.",
)
@mean_options(default="arithmetic")
@treatment_option()
@selection_options
@resamples_option("Number of bootstrap samples of the tasks.")
@seed_option("Random seed of the bootstrap samples.")
@confidence_option
@click.option(
    "--tiers",
    is_flag=True,
    help="Say which steps of the front are told apart, with all pairs of the board controlled.",
)
@format_option()
def command(
    board: str,
    snapshot: str | None,
    fact: str,
    mean: str | None,
    power: float | None,
    treatment: str,
    resamples: int,
    seed: int,
    confidence: float,
    tiers: bool,
    form: str,
    **selected: Any,
) -> None:
    """Show the models of BOARD that no other is both at most as large and better than.

    With how often each is on that front when the tasks are resampled, and how much it gains on the
    front's next smaller model. Models of unknown size are left out, and said.
    """
    from evaluators.averaging import find_treatment
    from evaluators.averaging.pareto import pareto_front
    from evaluators.averaging.stability.tiers import board_tiers
    from flows.boards.leaderboards import load_board
    from flows.boards.selections import select_board, selection_of
    from flows.progress import show_progress
    from flows.reports.pareto import format_pareto

    given = exponent_of(mean, power)
    p = 1.0 if given is None else given
    models, chosen = select_board(
        load_board(board, snapshot), find_treatment(treatment), selection_of(**selected)
    )
    with show_progress() as progress:
        front = pareto_front(
            models,
            chosen,
            p,
            fact,
            resamples=resamples,
            seed=seed,
            confidence=confidence,
            tiers=board_tiers(
                models, chosen, p, seed=seed, confidence=confidence, progress=progress
            )
            if tiers
            else None,
            progress=progress,
        )
    click.echo(format_pareto(front, form, seed=seed))
