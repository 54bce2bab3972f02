"""`rankcheck notify`."""

from __future__ import annotations

import platform
import sys

import click


@click.command()
@click.option("--test", is_flag=True, help="Send a trial message to every URL.")
def command(test: bool) -> None:
    """Check RANKCHECK_NOTIFY, where messages go, or send a trial.

    The setting holds URLs of apprise, separated by spaces: mail, Slack, a webhook and many more.
    """
    from db.settings import settings
    from flows.operations.notify import Message, outbox, problems, send

    chosen = settings()
    if not chosen.notify:
        raise click.UsageError(
            "RANKCHECK_NOTIFY is not set: give it one or more URLs, for example"
            " RANKCHECK_NOTIFY='mailtos://USER:PASSWORD@mail.example?to=ME@example.org'"
        )
    found = problems(chosen)
    if test and not found:
        message = Message(
            "rankcheck: a trial message",
            f"This is rankcheck on {platform.node()}. Messages reach you.",
            "info",
        )
        found = send(message, chosen)
    for sentence in found:
        click.echo(sentence, err=True)
    waiting = len(list(outbox(chosen).glob("*.json")))
    if waiting:
        click.echo(f"{waiting} messages wait to be delivered", err=True)
    if not found:
        count = len(chosen.notify)
        click.echo(
            f"{'delivered to' if test else 'understood:'} {count} URL{'' if count == 1 else 's'}"
            + ("" if test else "; send a trial with rankcheck notify --test"),
            err=True,
        )
    sys.exit(1 if found else 0)
