"""`rankcheck notify`."""

from __future__ import annotations

import platform
import sys

import click


@click.command()
@click.option("--test", is_flag=True, help="Send a test message to every URL.")
def command(test: bool) -> None:
    """Check the URLs of RANKCHECK_NOTIFY, or send a test message to them.

    The setting is a list of apprise URLs separated by spaces: mail, Slack, webhooks and others.
    """
    from db.settings import settings
    from flows.operations.notify import Message, outbox, problems, send

    chosen = settings()
    if not chosen.notify:
        raise click.UsageError(
            "RANKCHECK_NOTIFY must be set: give it one or more URLs, for example"
            " RANKCHECK_NOTIFY='mailtos://USER:PASSWORD@mail.example?to=ME@example.org'"
        )
    sentences_found = problems(chosen)
    if test and not sentences_found:
        message = Message(
            "rankcheck: a test message",
            f"This is rankcheck on {platform.node()}. Notifications work.",
            "info",
        )
        sentences_found = send(message, chosen)
    for sentence in sentences_found:
        click.echo(sentence, err=True)
    waiting = len(list(outbox(chosen).glob("*.json")))
    if waiting:
        click.echo(f"{waiting} messages are waiting to be delivered", err=True)
    if not sentences_found:
        count = len(chosen.notify)
        click.echo(
            f"{'delivered to' if test else 'valid:'} {count} URL{'' if count == 1 else 's'}"
            + ("" if test else "; test them with rankcheck notify --test"),
            err=True,
        )
    sys.exit(1 if sentences_found else 0)
