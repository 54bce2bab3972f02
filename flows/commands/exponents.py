"""`rankcheck exponents`."""

from __future__ import annotations

from math import isfinite

import click

from flows.commands._options import format_option, snapshot_option, treatment_option


@click.command()
@click.argument("board")
@snapshot_option
@treatment_option()
@click.option(
    "--model",
    help="Model to follow. Default: the human row, else the leader under the arithmetic mean.",
)
@click.option("--above", help="Compare only with this model. Default: every other model.")
@click.option(
    "--pairs", is_flag=True, help="List every pair of models that changes places instead."
)
@click.option(
    "--curve", is_flag=True, help="Show every model's score and rank over the exponents instead."
)
@click.option("--step", type=float, help="Distance between two exponents of --curve. Default: 0.5.")
@click.option(
    "--from", "low", type=float, default=-20, show_default=True, help="Lowest exponent shown."
)
@click.option(
    "--to", "high", type=float, default=20, show_default=True, help="Highest exponent shown."
)
@format_option()
def command(
    board: str,
    snapshot: str | None,
    treatment: str,
    model: str | None,
    above: str | None,
    pairs: bool,
    curve: bool,
    step: float | None,
    low: float,
    high: float,
    form: str,
) -> None:
    """Show under which power means a model of BOARD is first or above each other model.

    Prints the rank as a function of the exponent p, the exact sets of p where the model is first
    or above each rival, and every exponent at which two models change places. With --curve: the
    score and rank of every model at each exponent (complete with --format csv or json).
    """
    if not low <= high or low == float("inf") or high == float("-inf"):
        raise click.UsageError(
            f"--from must be at most --to, and both must admit a finite exponent, got {low:g}"
            f" and {high:g}"
        )
    if pairs and (model is not None or above is not None):
        raise click.UsageError("--pairs covers all models: leave out --model and --above")
    if curve and (pairs or model is not None or above is not None):
        raise click.UsageError("--curve covers all models: leave out --pairs, --model and --above")
    if step is not None and not curve:
        raise click.UsageError("--step needs --curve: give both, or leave out --step")
    if curve and not (isfinite(low) and isfinite(high)):
        raise click.UsageError("--curve needs finite --from and --to")
    if step is not None and not (isfinite(step) and step > 0):
        raise click.UsageError(f"--step must be finite and above 0, got {step:g}")

    from evaluators.averaging import find_treatment
    from evaluators.averaging.board import find_row
    from evaluators.averaging.crossing import every_crossing
    from evaluators.averaging.exponent_sets import ExponentRange
    from evaluators.averaging.standing import find_standing
    from flows.boards.leaderboards import load_board
    from flows.progress import show_progress
    from flows.reports.exponents import format_pairs, format_standing

    facts, chosen = load_board(board, snapshot), find_treatment(treatment)
    if curve:
        from flows.reports.exponent_curve import STEP, format_curve

        click.echo(format_curve(facts, chosen, low, high, step or STEP, form))
        return
    interval = ExponentRange(low, high, low > float("-inf"), high < float("inf"))
    if pairs:
        crossing_pairs, total = [], 0
        with show_progress() as progress:
            for pair, done, total in every_crossing(facts, chosen):
                if any(p in interval for p in pair.exponents):
                    crossing_pairs.append(pair)
                if done % 500 == 0 or done == total:
                    progress("pairs of models", done, total)
        click.echo(format_pairs(facts, chosen, crossing_pairs, interval, form, total=total))
        return
    row = None if model is None else find_row(facts, model)
    rival = None if above is None else find_row(facts, above)
    standing = find_standing(facts, chosen, row, rival)
    click.echo(format_standing(facts, chosen, standing, interval, form, above=rival))
