"""`rankcheck watch`."""

from __future__ import annotations

import sys

import click

from flows.commands._options import hours_option, plan_option


@click.command()
@plan_option
@hours_option
def command(plan: str | None, hours: float) -> None:
    """Tell people when no plan run has completed for too long; for cron or systemd.

    Looks once, sends a message to RANKCHECK_NOTIFY where one is due, and ends: with status 1 when
    something is wrong. Run it every few minutes, outside of what it watches.
    """
    from db.settings import settings
    from flows.operations.guard import look

    chosen = settings()
    if not chosen.notify:
        click.echo("RANKCHECK_NOTIFY is not set: nobody is told", err=True)
    found = look(chosen, plan=plan, hours=hours)
    for sentence in found:
        click.echo(sentence, err=True)
    if not found:
        click.echo("all is well", err=True)
    sys.exit(1 if found else 0)
