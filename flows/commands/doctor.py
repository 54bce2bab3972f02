"""`rankcheck doctor`."""

from __future__ import annotations

import sys

import click

from flows.commands._options import format_option


@click.command()
@format_option(("table", "json"))
def command(form: str) -> None:
    """Check the installation, the settings and the services it depends on.

    Exits with status 1 if a check is BAD; a note needs no action.
    """
    from db.settings import settings
    from flows.operations.doctor import Finding, examine
    from flows.reports.sheet import json_text

    findings: list[Finding] = []
    for finding in examine(settings()):
        findings.append(finding)
        if form == "table":
            click.echo(f"{finding.level:4} {finding.what}: {finding.found}")
            if finding.remedy:
                click.echo(f"     {finding.remedy}")
    bad = sum(finding.level == "BAD" for finding in findings)
    if form == "json":
        click.echo(json_text({"bad": bad, "findings": [finding._asdict() for finding in findings]}))
    sys.exit(1 if bad else 0)
