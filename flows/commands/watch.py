"""`rankcheck watch`."""

from __future__ import annotations

import sys

import click

from flows.commands._options import hours_option, plan_option


@click.command()
@plan_option
@hours_option
def command(plan: str | None, hours: float) -> None:
    """Send a message when no plan run has completed for too long; for cron or systemd.

    Checks once, sends a message to RANKCHECK_NOTIFY if one is due, and exits with status 1 if
    something is wrong. Run it every few minutes, independently of Prefect.
    """
    from db.settings import settings
    from flows.operations.guard import look

    chosen = settings()
    if not chosen.notify:
        click.echo("RANKCHECK_NOTIFY is not set: no messages are sent", err=True)
    sentences = look(chosen, plan=plan, hours=hours)
    for sentence in sentences:
        click.echo(sentence, err=True)
    if not sentences:
        click.echo("all is well", err=True)
    sys.exit(1 if sentences else 0)
