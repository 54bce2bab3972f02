"""`rankcheck rank`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click
from click.core import ParameterSource

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
@treatment_option
@click.option(
    "--by",
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
    treatment: str,
    by: str | None,
    form: str,
    **selected: Any,
) -> None:
    """Rank BOARD under a mean; by default under the three classic means side by side.

    Without BOARD: list the boards, the treatments and the rules.
    """
    from evaluators.averaging import MEANS, TREATMENTS, compare, find_treatment, rank, rules
    from evaluators.averaging.board import find_row
    from evaluators.averaging.compare import side_by_side
    from evaluators.averaging.ratio import rank_by_ratio
    from evaluators.averaging.selection import select
    from flows.boards.leaderboards import known_boards, load_board
    from flows.boards.selections import selection_of
    from flows.reports.rank import format_comparison, format_ranking

    if board is None:
        for name, snapshots in known_boards().items():
            click.echo(f"{name}  ({', '.join(snapshots)})")
        click.echo(f"treatments: {', '.join(TREATMENTS)}", err=True)
        click.echo(f"rules: {', '.join(rules.names())}", err=True)
        return
    p = exponent_of(mean, power)
    if rule is not None and p is not None:
        raise click.UsageError(
            "--rule cannot be combined with --mean or --p: give only one of them"
        )
    if rule is not None and reference is not None:
        raise click.UsageError("--reference cannot be combined with --rule: give only one of them")
    if tiers and (rule is not None or reference is not None):
        raise click.UsageError("--tiers are of means: leave --rule and --reference out")
    if rule is not None:
        rules.find(rule)  # before the board is read
        given = click.get_current_context().get_parameter_source("treatment")
        chosen = rules.treatment_for(rule, None if given is ParameterSource.DEFAULT else treatment)
    else:
        chosen = find_treatment(treatment)
    if by is not None:
        chosen = replace(chosen, nesting="by-type")
    facts, chosen = select(load_board(board, snapshot), chosen, selection_of(**selected))
    if tiers:
        from evaluators.averaging.stability.tiers import board_tiers
        from flows.progress import show_progress
        from flows.reports.tiers import format_tiers

        with show_progress() as progress:
            apart = board_tiers(
                facts, chosen, 1.0 if p is None else p, seed=seed, progress=progress
            )
        click.echo(format_tiers(apart, form, seed=seed, top=top))
        return
    if rule is not None:
        click.echo(format_ranking(rules.rank_by(facts, chosen, rule), form))
        return
    if reference is None:
        text = (
            format_comparison(compare(facts, chosen), form)
            if p is None
            else format_ranking(rank(facts, chosen, p), form)
        )
        click.echo(text)
        return
    row = find_row(facts, reference)
    if p is None:
        rankings = {name: rank_by_ratio(facts, chosen, row, p) for name, p in MEANS.items()}
        click.echo(format_comparison(side_by_side(rankings), form))
    else:
        click.echo(format_ranking(rank_by_ratio(facts, chosen, row, p), form))
