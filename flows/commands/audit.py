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
    help="Recompute under this treatment, also several times; default: all that always exist.",
)
@click.option(
    "--tolerance",
    default="0.1",
    show_default=True,
    help="How far a recomputed average may lie from the published one, on a board of per cent; or"
    " `printed`: what the printed digits allow.",
)
@click.option(
    "--against",
    multiple=True,
    help="Compare with this board, also several times; default: with every board known. Other"
    " snapshots of BOARD always take part.",
)
@click.option(
    "--places",
    type=click.IntRange(min=0),
    default=10,
    show_default=True,
    help="List cells that alone move a rank by more places than this.",
)
@top_option("How many findings of a kind to show; csv and json have all.", default=10)
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
    """Hold BOARD against its own published averages, its other snapshots and other boards.

    Which treatment and mean give the published averages; the rule they follow; the rows that do
    not follow it and the single cell that would explain each; and cells to look at: borrowed,
    filled with 0, out of scale, or such as alone move a rank by many places.
    """
    allowed = _tolerance(tolerance)

    from evaluators.averaging import TREATMENTS, find_treatment
    from evaluators.averaging.audit import audit
    from flows.boards.leaderboards import known_boards, load_board
    from flows.reports.audit import format_audit

    chosen = tuple(find_treatment(name) for name in treatments) or tuple(TREATMENTS.values())
    facts = load_board(board, snapshot)
    known = known_boards()
    names = dict.fromkeys((facts.name, *(against or known)))
    others = [
        load_board(name, dated)
        for name in names
        for dated in known.get(name, (None,))  # an unknown name is refused when it is loaded
        if (name, dated) != (facts.name, facts.snapshot)
    ]
    found = audit(facts, others, chosen, tolerance=allowed, places=places)
    click.echo(format_audit(found, form, top=top))


def _tolerance(text: str) -> float | None:
    if text == "printed":
        return None
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not 0 < value < float("inf"):
        raise click.BadParameter(
            f"{text!r} is neither a number above 0 nor `printed`", param_hint="--tolerance"
        )
    return value
