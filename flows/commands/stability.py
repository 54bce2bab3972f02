"""`rankcheck stability`."""

from __future__ import annotations

import time
from collections.abc import Callable

import click

from flows.reports.sheet import FORMATS

_QUIET_SECONDS = 2.0


@click.command()
@click.argument("board")
@click.option("--snapshot", help="Which snapshot of the board; default: the latest.")
@click.option(
    "--mean",
    type=click.Choice(["arithmetic", "geometric", "harmonic"]),
    help="One of the three classic means; default: all three.",
)
@click.option("--p", "power", type=float, help="Exponent of the power mean: any number, inf too.")
@click.option("--treatment", default="per-task", show_default=True, help="How cells become ranks.")
@click.option(
    "--model",
    metavar="NAME",
    help="The row to look at, or `human`; default: the human row, else the leader.",
)
@click.option(
    "--overtake",
    nargs=2,
    metavar="A B",
    help="Which change of task weights puts A above B; default: asked of the row looked at.",
)
@click.option(
    "--resamples", type=click.IntRange(min=1), default=10_000, show_default=True, help="How many."
)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True, help="Of draws.")
@click.option(
    "--confidence",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.95,
    show_default=True,
    help="Of the intervals.",
)
@click.option(
    "--over",
    type=click.Choice(["tasks", "tasks+models"]),
    default="tasks",
    show_default=True,
    help="What is drawn anew.",
)
@click.option("--top", type=click.IntRange(min=1), help="Show so many rows a mean; default: all.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True
)
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
) -> None:
    """Ask whether the gaps of BOARD are real.

    Rank intervals from a bootstrap over tasks, P(first) and P(above), the rank without each task,
    how far the means agree, and the smallest change of task weights that changes the order.
    """
    from evaluators.averaging import MEANS, find_treatment, mean_name
    from evaluators.averaging.stability.report import stability_report
    from flows.leaderboards import load_board
    from flows.progress import show_progress
    from flows.reports.stability import format_stability

    if mean is not None and power is not None:
        raise click.UsageError("--mean and --p say the same thing: give one")
    p = MEANS[mean] if mean is not None else power
    facts, chosen = load_board(board, snapshot), find_treatment(treatment)
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
    """Say nothing of what is done within two seconds."""
    started = time.monotonic()

    def tell(what: str, done: int, total: int) -> None:
        if time.monotonic() - started > _QUIET_SECONDS:
            progress(what, done, total)

    return tell
