"""`rankcheck audit`."""

from __future__ import annotations

import click

from flows.commands._options import format_option, snapshot_option, top_option


@click.command()
@click.argument("board", required=False)
@click.option(
    "--published",
    is_flag=True,
    help="Audit the published scores that results are compared with, instead of a board.",
)
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
    board: str | None,
    published: bool,
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

    With --published: recompute the averages of the published tables, compare cells that state the
    same quantity, and find accuracies that no number of examples gives.
    """
    if published == (board is not None):
        raise click.UsageError("name a BOARD, or give --published; one of both")
    if board is None:
        _audit_published(form, top)
        return
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


def _audit_published(form: str, top: int) -> None:
    from flows.boards.published_audit import audit_published
    from flows.reports.published_audit import format_published_audit

    click.echo(format_published_audit(audit_published(), form, top=top))


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
