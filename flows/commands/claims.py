"""`rankcheck claims`."""

from __future__ import annotations

import click

from flows.commands._options import format_option


@click.command()
@click.argument("claim", metavar="[ID]", required=False)
@click.option("--board", help="Show only verdicts on this board.")
@click.option("--snapshot", help="Show only verdicts on this snapshot.")
@click.option("--treatment", help="Show only verdicts under this treatment.")
@click.option(
    "--level",
    type=click.Choice(["identity", "made-up", "small", "published"]),
    help="Show only verdicts on evidence of this level.",
)
@click.option(
    "--power",
    is_flag=True,
    help="Show what each open verdict could have seen, and what would settle it.",
)
@click.option("--history", is_flag=True, help="Show all past verdicts too, newest first.")
@click.option(
    "--all", "every", is_flag=True, help="Include verdicts that are not testable, and duplicates."
)
@format_option()
def command(
    claim: str | None,
    board: str | None,
    snapshot: str | None,
    treatment: str | None,
    level: str | None,
    power: bool,
    history: bool,
    every: bool,
    form: str,
) -> None:
    """Show what papers claim, and whether it holds on the boards of the store.

    Without ID: every claim with its verdict. With ID: its rule and the verdict on each board,
    snapshot and treatment. Claims without an up-to-date verdict are judged first.
    """
    from db import open_store
    from flows.boards.facts import publish_facts
    from flows.judging.claims import judge_claims
    from flows.judging.verdicts import asserted, named, verdicts
    from flows.progress import show_progress
    from flows.reports.claims import format_overview, format_power, format_verdicts

    store = open_store()
    with show_progress() as progress:
        publish_facts(store)
        judge_claims(store, progress=progress)
    known = asserted(store)
    chosen = None if claim is None else named(known, claim)
    found = verdicts(
        store,
        claim=None if chosen is None else chosen.name,
        board=board,
        snapshot=snapshot,
        treatment=treatment,
        level=level,
        history=history,
    )
    if power:
        about = known if chosen is None else {chosen.name: chosen}
        click.echo(format_power(about, found, form))
        return
    if not (chosen or board or snapshot or treatment or level or history):
        click.echo(format_overview(known, found, form))
        return
    shown = every or history
    click.echo(format_verdicts(chosen, known, found, form, every=shown, dated=history))
