"""`rankcheck rank`."""

from __future__ import annotations

import click

from flows.rank_output import FORMATS


@click.command()
@click.argument("board", required=False)
@click.option("--snapshot", help="Which snapshot of the board; default: the latest.")
@click.option(
    "--mean",
    type=click.Choice(["arithmetic", "geometric", "harmonic"]),
    help="One of the three classic means.",
)
@click.option("--p", "power", type=float, help="Exponent of the power mean: any number, inf too.")
@click.option("--treatment", default="per-task", show_default=True, help="How cells become ranks.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True
)
def command(
    board: str | None,
    snapshot: str | None,
    mean: str | None,
    power: float | None,
    treatment: str,
    form: str,
) -> None:
    """Rank BOARD under a mean; without --mean or --p, under all three side by side.

    Without BOARD: list the boards and the treatments.
    """
    from evaluators.averaging import MEANS, TREATMENTS, compare, find_treatment, rank
    from flows.leaderboards import boards, read_board
    from flows.rank_output import format_comparison, format_ranking

    if board is None:
        for name, snapshots in boards().items():
            click.echo(f"{name}  ({', '.join(snapshots)})")
        click.echo(f"treatments: {', '.join(TREATMENTS)}", err=True)
        return
    if mean is not None and power is not None:
        raise click.UsageError("--mean and --p say the same thing: give one")
    facts = read_board(board, snapshot)
    chosen = find_treatment(treatment)
    if mean is None and power is None:
        click.echo(format_comparison(compare(facts, chosen), form))
    else:
        p = MEANS[mean] if mean is not None else power
        click.echo(format_ranking(rank(facts, chosen, p), form))
