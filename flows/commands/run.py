"""`rankcheck run`."""

from __future__ import annotations

import os
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from db.settings import Settings
    from db.store import Store
    from flows.night import Night
    from flows.plan import Plan


@click.command()
@click.argument("plan", default="plans/quickstart.yaml", type=click.Path(path_type=Path))
@click.option(
    "--rerun",
    metavar="RULE",
    help="Which finished jobs run again: missing, always, never, changed-environment, "
    "older-than:30d. Default: what the plan says.",
)
@click.option("--dry-run", is_flag=True, help="Pull, say what would run, and stop.")
@click.option("-v", "--verbose", is_flag=True, help="Show Prefect's log.")
def command(plan: Path, rerun: str | None, dry_run: bool, verbose: bool) -> None:
    """Evaluate what PLAN asks for and is not done yet, and print what was found."""
    from db.settings import settings
    from flows.errors import PlanError
    from flows.operations.announced import errors_told, tell
    from flows.operations.news import failed_message
    from flows.plan import read_plan
    from flows.rerun import parse_rerun

    if rerun is not None:
        try:
            parse_rerun(rerun)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    chosen = settings()
    try:
        wanted = read_plan(plan)
    except PlanError as error:
        if not sys.stderr.isatty():  # nobody sees it: cron, systemd
            tell(failed_message(str(plan), error), chosen)
        raise
    with errors_told(str(plan), chosen):
        status = _run(wanted, plan, rerun, dry_run, verbose, chosen)
    sys.exit(status)


def _run(
    wanted: Plan,
    path: Path,
    rerun: str | None,
    dry_run: bool,
    verbose: bool,
    chosen: Settings,
) -> int:
    from db import open_store, plan_runs
    from flows.facts import publish_facts
    from flows.night import prepare
    from flows.progress import show_progress
    from flows.reports.summary import print_plan, print_summary

    store = open_store(chosen.store)
    night_id = uuid.uuid4().hex
    with show_progress() as progress, plan_runs.mark(chosen.store, wanted.name, night_id):
        publish_facts(store)
        night = prepare(wanted, chosen, store, rerun=rerun, progress=progress)
        if dry_run:
            print_plan(night)
            return 1 if night.failures else 0
        if not night.todo:
            status = _conclude(store, night, night_id, path, chosen)
    if night.todo:
        status = _evaluate(path, rerun, night.places.prefect, verbose)
    print_summary(store, night)
    return status


def _conclude(store: Store, night: Night, night_id: str, path: Path, chosen: Settings) -> int:
    """Judge and report a plan run that had nothing to evaluate."""
    from flows.conclusions import conclude
    from flows.drift import judge_canaries
    from flows.operations.announced import tell_of
    from flows.operations.news import first_places
    from flows.outcomes import NightReport, note_night
    from flows.progress import show_progress
    from flows.recording import record_input_failure

    started = datetime.now(UTC)
    before = first_places(store)
    drifts = judge_canaries(store, night, night_id)
    for drift in drifts:
        click.echo(drift.sentence(), err=True)
    with show_progress() as progress:
        verdicts = conclude(store, night_id, progress)
    click.echo(f"Nothing to evaluate: {_state(night)}.", err=True)
    for failure in night.failures:
        record_input_failure(store, failure, night_id)
        click.echo(f"failed: {failure.checkpoint} {failure.task}: {failure.error}", err=True)
    report = NightReport(night.plan.name, [], night.done, night.failures, drifts, verdicts)
    note_night(store, report.row(night_id, started))
    tell_of(store, report, night_id, before, str(path), chosen)
    return 1 if night.failures else 0


def _state(night: Night) -> str:
    jobs = len(night.job_keys)
    if night.done == jobs and not night.failures:
        return f"all {jobs} jobs of plan {night.plan.name!r} are done"
    parts = [f"{night.done} of {jobs} jobs of plan {night.plan.name!r} are done"]
    if night.done < jobs:
        parts.append(f"{jobs - night.done} missing are left alone (rerun: never)")
    if night.failures:
        parts.append(f"{len(night.failures)} inputs could not be had")
    return ", ".join(parts)


def _evaluate(plan: Path, rerun: str | None, prefect_home: Path, verbose: bool) -> int:
    from flows.prefect_server import ensure_prefect_api

    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO" if verbose else "CRITICAL")
    click.echo("Starting Prefect …", err=True)
    try:
        url = ensure_prefect_api(prefect_home)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error
    from flows.interrupt import remembered_interrupt
    from flows.nightly import nightly
    from flows.outcomes import NightFailed

    try:
        with remembered_interrupt():
            report, status = nightly(str(plan), rerun), 0
    except NightFailed as failed:
        report, status = failed.report, 1
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        raise click.ClickException(
            f"no Prefect server answers at {url}: start it, or unset PREFECT_API_URL to use a"
            " private one"
        ) from error
    for line in report.lines():
        click.echo(line, err=True)
    if status:
        click.echo(f"{len(report.failure_lines())} failed:", err=True)
    for line in report.failure_lines():
        click.echo(f"  {line}", err=True)
    return status
