"""`rankcheck rank`."""

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
    top_option,
    treatment_option,
)


@click.command()
@click.argument("board", required=False)
@snapshot_option
@mean_options()
@click.option("--rule", help="Rank by a rule instead of a mean: borda, copeland, median …")
@click.option(
    "--reference", help="Average the ratios to this model (or `human`) instead of the scores."
)
@click.option(
    "--tiers",
    is_flag=True,
    help="Group the models that the board does not tell apart. Default mean: arithmetic.",
)
@seed_option("Random seed of --tiers.")
@top_option("Number of rows to show with --tiers. Default: all.")
@treatment_option(None, shown="per-task, or that of the rule")
@click.option(
    "--by",
    "by_type",
    type=click.Choice(["type"]),
    help="Average the tasks of each type first: the treatment's modifier by-type.",
)
@selection_options
@format_option()
def command(
    board: str | None,
    snapshot: str | None,
    mean: str | None,
    power: float | None,
    rule: str | None,
    reference: str | None,
    tiers: bool,
    seed: int,
    top: int | None,
    treatment: str | None,
    by_type: str | None,
    form: str,
    **selected: Any,
) -> None:
    """Rank BOARD under a mean; by default under the three classic means side by side.

    Without BOARD: list the boards, the treatments and the rules.
    """
    from evaluators.averaging import TREATMENTS, rules
    from evaluators.averaging.ranked_by import RankedBy, rankings
    from flows.boards.leaderboards import known_boards, load_board
    from flows.boards.selections import select_board, selection_of
    from flows.reports.rank import format_rankings

    if board is None:
        for name, snapshots in known_boards().items():
            click.echo(f"{name}  ({', '.join(snapshots)})")
        click.echo(f"treatments: {', '.join(TREATMENTS)}", err=True)
        click.echo(f"rules: {', '.join(rules.names())}", err=True)
        return
    p, selection = exponent_of(mean, power), selection_of(**selected)
    if tiers and (rule is not None or reference is not None):
        raise click.UsageError("--tiers are of means: leave --rule and --reference out")
    by = RankedBy(p, rule, reference, treatment, by_type=by_type is not None)
    chosen = by.find_treatment()  # an unknown name is told before the board is read
    facts, chosen = select_board(load_board(board, snapshot), chosen, selection)
    if not tiers:
        click.echo(format_rankings(rankings(facts, chosen, by), form))
        return

    from evaluators.averaging.stability.tiers import board_tiers
    from flows.progress import show_progress
    from flows.reports.tiers import format_tiers

    with show_progress() as progress:
        apart = board_tiers(facts, chosen, 1.0 if p is None else p, seed=seed, progress=progress)
    click.echo(format_tiers(apart, form, seed=seed, top=top))
