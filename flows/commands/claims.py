"""`rankcheck claims`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from flows.reports.sheet import FORMATS

if TYPE_CHECKING:
    from flows.claim_names import Asserted
    from flows.claim_verdicts import Decided


@click.command()
@click.argument("claim", metavar="[ID]", required=False)
@click.option("--board", help="Verdicts on this board alone.")
@click.option("--snapshot", help="Verdicts on this snapshot alone.")
@click.option("--treatment", help="Verdicts under this treatment alone.")
@click.option("--history", is_flag=True, help="Every verdict there ever was, newest first.")
@click.option("--all", "every", is_flag=True, help="Also what is not testable or comes twice.")
@click.option(
    "--format", "form", type=click.Choice(list(FORMATS)), default="table", show_default=True
)
def command(
    claim: str | None,
    board: str | None,
    snapshot: str | None,
    treatment: str | None,
    history: bool,
    every: bool,
    form: str,
) -> None:
    """Show what papers claim, and whether it holds on the boards of the store.

    Without ID: every claim with its verdict. With ID: its rule and the verdict on each board,
    snapshot and treatment. What is not judged yet is judged first.
    """
    from db import open_store
    from flows.claim_names import asserted, named
    from flows.claim_sheet import (
        overview_records,
        overview_sheet,
        telling,
        verdict_sheet,
    )
    from flows.claim_verdicts import verdicts
    from flows.claims import judge_claims
    from flows.facts import publish_facts
    from flows.progress import show_progress
    from flows.reports.sheet import write

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
        history=history,
    )
    if not (chosen or board or snapshot or treatment or history):
        records = overview_records(known, found)
        document: dict[str, Any] = {"claims": records}
        click.echo(write(overview_sheet(known, found), form, records=records, document=document))
        return
    shown = found if every or history else telling(found)
    sheet = verdict_sheet(chosen, shown, hidden=_hidden(len(found) - len(shown)), dated=history)
    records = [d.record() for d in found]  # programs leave out for themselves
    about = [_about(known[name], found) for name in dict.fromkeys(d.claim for d in found)]
    if chosen is not None and not found:
        about = [_about(chosen, found)]
    document = {"claims": about, "verdicts": records}
    click.echo(write(sheet, form, records=records, document=document))


def _about(claim: Asserted, found: list[Decided]) -> dict[str, Any]:
    from flows.claim_sheet import tally

    return {
        "claim": claim.name,
        "title": claim.title,
        "sentence": claim.sentence,
        "source": claim.source,
        "decision_rule": claim.decision_rule,
        "evidence": claim.evidence,
        "counts": dict(tally(claim.name, found)),
    }


def _hidden(number: int) -> str:
    if not number:
        return ""
    more = "1 more verdict is" if number == 1 else f"{number} more verdicts are"
    return f"{more} not testable here, or the same with suspect cells counted: --all shows all"
