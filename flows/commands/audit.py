"""`rankcheck audit`."""

from __future__ import annotations

import click

from flows.commands._options import format_option, snapshot_option, top_option


@click.command()
@click.argument("board")
@snapshot_option
@click.option(
    "--treatment",
    "treatments",
    multiple=True,
    help="Recompute under this treatment; repeatable. Default: all that exist for every board.",
)
@click.option(
    "--tolerance",
    default="0.1",
    show_default=True,
    help="Largest accepted difference between a recomputed and a published average, on a scale of"
    " 0 to 100; or `printed`, the rounding error of the printed digits.",
)
@click.option(
    "--against",
    multiple=True,
    help="Compare with this board; repeatable. Default: every known board. Other snapshots of BOARD"
    " are always included.",
)
@click.option(
    "--places",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="List cells that move a rank by more than this many places on their own.",
)
@top_option("Number of findings of each kind to show; csv and json contain all.", default=10)
@format_option()
def command(
    board: str,
    snapshot: str | None,
    treatments: tuple[str, ...],
    tolerance: str,
    against: tuple[str, ...],
    places: int,
    top: int,
    form: str,
) -> None:
    """Compare BOARD with its own published averages, its other snapshots and other boards.

    Report which treatment and mean reproduce the published averages, the rule they follow, the
    rows that break it with the single cell that would explain each, and suspicious cells:
    borrowed, filled with 0, out of scale, or moving a rank by many places on their own.
    """
    allowed = _tolerance(tolerance)

    from evaluators.averaging import find_treatment
    from evaluators.averaging.audit import audit
    from evaluators.averaging.matrix import standard_treatments
    from flows.boards.leaderboards import known_boards, load_board
    from flows.reports.audit import format_audit

    facts = load_board(board, snapshot)
    chosen = tuple(find_treatment(name) for name in treatments) or standard_treatments(facts)
    known = known_boards()
    names = dict.fromkeys((facts.name, *(against or known)))
    others = [
        load_board(name, dated)
        for name in names
        for dated in known.get(name, (None,))  # an unknown name is refused when it is loaded
        if (name, dated) != (facts.name, facts.snapshot)
    ]
    result = audit(facts, others, chosen, tolerance=allowed, places=places)
    click.echo(format_audit(result, form, top=top))


def _tolerance(text: str) -> float | None:
    if text == "printed":
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise click.BadParameter(
            f"{text!r} must be a number above 0 or `printed`", param_hint="--tolerance"
        )
    return value
