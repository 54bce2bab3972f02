"""`rankcheck claims`."""

from __future__ import annotations

from pathlib import Path

import click

from evaluators.evaluator import LEVELS
from flows.commands._options import format_option


class WithDefault(click.Group):
    """A group with a command that need not be named: `rankcheck claims averaging-c3`."""

    default = "show"

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Insert the default command where the first word names none."""
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = [self.default, *args]
        return super().parse_args(ctx, args)


@click.group(cls=WithDefault)
def command() -> None:
    """Show what papers claim, and whether it holds; write plans that settle it, and reports.

    `rankcheck claims [ID]` is `rankcheck claims show [ID]`.
    """


@command.command()
@click.argument("claim", metavar="ID")
@click.option(
    "--power",
    type=click.FloatRange(0.5, 0.99),
    default=0.8,
    show_default=True,
    help="How often the plan should find what was published.",
)
@click.option(
    "--to",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to write; by default the plan is printed.",
)
def plan(claim: str, power: float, path: Path | None) -> None:
    """Write the plan that would settle the open settings of the claim ID."""
    from db import open_store
    from evaluators import claims
    from evaluators.atomic import replacing
    from flows.errors import PlanError
    from flows.judging.settling import settling
    from flows.judging.verdicts import asserted, named

    store = open_store()
    chosen = named(asserted(store), claim)
    if chosen.registered is None:
        raise PlanError(f"{chosen.name} was written by a flow: its evidence is not known here")
    found = settling(store, claims.find(chosen.name), power)
    if path is None:
        click.echo(found.plan, nl=False)
        return
    with replacing(path) as new:
        new.write_text(found.plan, encoding="utf-8")
    click.echo(f"{path}: about {found.duration}; run it with: rankcheck run {path}", err=True)


@command.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def report(folder: Path) -> None:
    """Write a report for each article whose claims are judged, and the list of articles.

    The reports are Markdown files in FOLDER, from what is in the store: judge first, with
    `rankcheck claims`.
    """
    from db import open_store
    from db.code_version import code_version
    from flows.reports.articles import write_reports

    written = write_reports(open_store(), folder, code_version().commit)
    click.echo(f"{folder}: {len(written) - 1} reports and {written[-1].name}", err=True)


@command.command()
@click.argument("claim", metavar="[ID]", required=False)
@click.option(
    "--article",
    metavar="ARTICLE",
    help="Show only claims of this article of kexue.fm: its number, short name, or a part of its"
    " title in Chinese or English.",
)
@click.option("--board", help="Show only verdicts on this board.")
@click.option("--snapshot", help="Show only verdicts on this snapshot.")
@click.option("--treatment", help="Show only verdicts under this treatment.")
@click.option(
    "--level",
    type=click.Choice(LEVELS),
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
def show(
    claim: str | None,
    article: str | None,
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
    from evaluators import articles
    from flows.boards.facts import publish_facts
    from flows.errors import ClaimError
    from flows.judging.claims import judge_claims
    from flows.judging.verdicts import asserted, named, verdicts
    from flows.progress import show_progress
    from flows.reports.claims import format_overview, format_power, format_verdicts

    about = None if article is None else articles.find(article)
    store = open_store()
    with show_progress() as progress:
        publish_facts(store)
        try:
            judge_claims(store, progress=progress)
            fault = None
        except ClaimError as error:  # told at the end: the other verdicts are worth seeing
            fault = error
    with store.together():
        known = asserted(store)
        chosen = None if claim is None else named(known, claim)
        if about:
            known = {name: each for name, each in known.items() if each.article == about}
        found = verdicts(
            store,
            claim=None if chosen is None else chosen.name,
            board=board,
            snapshot=snapshot,
            treatment=treatment,
            level=level,
            history=history,
        )
    found = [verdict for verdict in found if verdict.claim in known]
    if power:
        click.echo(format_power(found, form))
    elif not (chosen or board or snapshot or treatment or level or history):
        click.echo(format_overview(known, found, form, about))
    else:
        shown = every or history
        click.echo(format_verdicts(chosen, known, found, form, every=shown, dated=history))
    if fault is not None:
        raise fault
