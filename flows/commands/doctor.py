"""`rankcheck doctor`."""

from __future__ import annotations

import sys

import click

from flows.commands._options import format_option


@click.command()
@format_option(("table", "json"))
def command(form: str) -> None:
    """Look for what commonly goes wrong on a new machine.

    Ends with status 1 when something is BAD; a note is worth knowing and no fault.
    """
    from db.settings import settings
    from flows.operations.doctor import Finding, examine
    from flows.reports.sheet import json_text

    found: list[Finding] = []
    for finding in examine(settings()):
        found.append(finding)
        if form == "table":
            click.echo(f"{finding.level:4} {finding.what}: {finding.found}")
            if finding.remedy:
                click.echo(f"     {finding.remedy}")
    bad = sum(finding.level == "BAD" for finding in found)
    if form == "json":
        click.echo(json_text({"bad": bad, "findings": [each._asdict() for each in found]}))
    sys.exit(1 if bad else 0)
