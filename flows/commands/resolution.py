"""`rankcheck resolution`."""

from __future__ import annotations

from typing import Any

import click

from flows.commands._options import (
    format_option,
    selection_options,
    snapshot_option,
    treatment_option,
)


@click.command()
@click.argument("board")
@snapshot_option
@treatment_option()
@selection_options
@format_option()
def command(board: str, snapshot: str | None, treatment: str, form: str, **selected: Any) -> None:
    """Show what BOARD can tell.

    The smallest difference between two models that it would see, tasks whose best scores are at
    their ceiling, tasks that do not separate models, and tasks that say the same.
    """
    from evaluators.averaging import find_treatment
    from evaluators.averaging.stability.resolution import board_resolution
    from flows.boards.leaderboards import load_board
    from flows.boards.selections import select_board, selection_of
    from flows.reports.resolution import format_resolution

    facts, chosen = select_board(
        load_board(board, snapshot), find_treatment(treatment), selection_of(**selected)
    )
    found = board_resolution(facts, chosen)
    click.echo(format_resolution(found, form))
