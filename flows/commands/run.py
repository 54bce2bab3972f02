"""`rankcheck run`."""

from __future__ import annotations

import os
import re
import sys
import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from flows.commands._options import format_option

if TYPE_CHECKING:
    from db.settings import Settings
    from flows.plans.plan import Plan
    from flows.runs.outcomes import Outcome, RunReport
    from flows.runs.prepare import PlannedRun


@click.command()
@click.argument("plan", default="quickstart", type=click.Path(path_type=Path))
@click.option(
    "--rerun",
    metavar="RULE",
    help="Which jobs to run: missing, always, never, changed-environment, older-than:30d. "
    "Default: the plan's own rule.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    help="Pull the inputs and list the jobs that would run, without running them.",
)
@click.option(
    "--estimate",
    is_flag=True,
    help="Only say what the plan needs: downloads, disk, memory and time. Downloads nothing.",
)
@click.option(
    "--only",
    metavar="PATTERN",
    multiple=True,
    help="Cut the plan to the checkpoints, evaluators and tasks of this name, such as 'STS1*';"
    " repeatable.",
)
@click.option(
    "--devices",
    metavar="LIST",
    help="Share the jobs between devices, such as cuda:0,cuda:1: a process for each.",
)
@click.option(
    "--runner",
    metavar="NAME[:WORKERS]",
    help="Run the jobs in worker processes of prefect, ray or slurm, on this or other machines."
    " Default: RANKCHECK_RUNNER, or local.",
)
@format_option(("table", "json"))
@click.option("-v", "--verbose", is_flag=True, help="Show Prefect's log.")
def command(
    plan: Path,
    rerun: str | None,
    dry_run: bool,
    estimate: bool,
    only: tuple[str, ...],
    devices: str | None,
    runner: str | None,
    form: str,
    verbose: bool,
) -> None:
    """Run the unfinished jobs of PLAN and print the results.

    PLAN is a YAML file, or the name of a plan that ships with rankcheck and is found from any
    folder: quickstart (the default), nightly and others. An unknown name lists them.
    """
    from db.settings import settings
    from flows.errors import PlanError
    from flows.operations.news import errors_told, failed_message, tell
    from flows.plans.plan import read_plan
    from flows.plans.rerun import parse_rerun
    from flows.plans.selection import select
    from flows.runs.runners import runner_of

    if form != "table" and not estimate:
        raise click.UsageError("--format needs --estimate: add it, or remove --format")
    if rerun is not None:
        try:
            parse_rerun(rerun)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    shared = _devices(devices) if devices is not None else ()
    chosen = settings()
    runner = runner or chosen.runner
    runner_of(runner, shared)  # refused before anything is pulled
    try:
        parsed_plan = select(read_plan(plan), only)
    except PlanError as error:
        if not sys.stderr.isatty():  # nobody sees the error under cron or systemd
            tell(failed_message(str(plan), error), chosen)
        raise
    if estimate:
        sys.exit(_estimate(parsed_plan, rerun, form, chosen))
    with errors_told(str(plan), chosen):
        status = _run(
            parsed_plan, _Request(plan, rerun, only, shared, runner, verbose), dry_run, chosen
        )
    sys.exit(status)


class _Request(NamedTuple):
    """How a plan run is started: the plan's file and the options of the command."""

    path: Path
    rerun: str | None
    only: tuple[str, ...]
    devices: tuple[str, ...]
    runner: str
    verbose: bool


def _devices(text: str) -> tuple[str, ...]:
    """Return the devices of `--devices`.

    Raises:
        click.UsageError: One is no device, or absent here.
    """
    found = tuple(name.strip() for name in text.split(","))
    for name in found:
        if not re.fullmatch(r"cpu|mps|cuda:\d+", name):
            raise click.UsageError(
                f"--devices must be devices such as cuda:0,cuda:1 or cpu,cpu, got {name!r}"
            )
    graphic = sorted({int(name[5:]) for name in found if name.startswith("cuda:")})
    if graphic:
        import torch

        if graphic[-1] >= (count := torch.cuda.device_count()):
            raise click.UsageError(
                f"--devices names cuda:{graphic[-1]}, but torch sees {count} CUDA devices"
            )
    return found


def _estimate(plan: Plan, rerun: str | None, form: str, chosen: Settings) -> int:
    from db import open_store
    from flows.reports.estimate import estimate_text
    from flows.runs.estimate import estimate

    needed = estimate(plan, chosen, open_store(chosen.store), rerun=rerun)
    print(estimate_text(needed, form))
    return 1 if needed.failures else 0


def _run(plan: Plan, request: _Request, dry_run: bool, chosen: Settings) -> int:
    from db import open_store, plan_runs
    from flows.progress import show_progress
    from flows.reports.summary import print_plan, print_summary
    from flows.runs.plan_run import RunIds, hand_over, plan_jobs, plan_run

    store = open_store(chosen.store)
    ids = RunIds(uuid.uuid4().hex)
    with show_progress() as progress, plan_runs.mark(chosen.store, plan.name, *ids):
        planned = plan_jobs(plan, chosen, store, request.rerun, progress)
    if dry_run:
        print_plan(planned)
        return 1 if planned.failures else 0
    with hand_over(planned):
        if planned.todo:
            report = _evaluate(request, planned.places.prefect)
        else:
            click.echo(f"Nothing to evaluate: {_state(planned)}.", err=True)
            report = plan_run(plan, request.path, chosen, ids, _nothing_to_do)
    failures = report.failure_lines()
    if report.problem is not None:  # it has been reported; the store may still be unusable
        _print_failures(failures[:-1])  # the last one is the problem
        report.problem.told = True  # type: ignore[attr-defined]
        raise report.problem
    for line in report.lines():
        click.echo(line, err=True)
    _print_failures(failures)
    print_summary(store, planned)
    return 1 if failures else 0


def _print_failures(failures: Sequence[str]) -> None:
    if failures:
        click.echo("\n  ".join([f"{len(failures)} failed:", *failures]), err=True)


def _nothing_to_do(*_: object) -> list[Outcome]:
    return []


def _state(planned: PlannedRun) -> str:
    jobs = len(planned.job_keys)
    if planned.done == jobs and not planned.failures and not planned.left_out:
        return f"all {jobs} jobs of plan {planned.plan.name!r} are done"
    parts = [f"{planned.done} of {jobs} jobs of plan {planned.plan.name!r} are done"]
    if planned.done < jobs:
        parts.append(f"{jobs - planned.done} missing ones are skipped (rerun: never)")
    if planned.failures:
        parts.append(f"{len(planned.failures)} inputs are unavailable")
    if planned.left_out:
        parts.append(f"{len(planned.left_out)} optional checkpoints are left out")
    return ", ".join(parts)


def _evaluate(request: _Request, prefect_home: Path) -> RunReport:
    from flows.prefect_server import ensure_prefect_api

    os.environ.setdefault("PREFECT_SERVER_ANALYTICS_ENABLED", "false")
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "INFO" if request.verbose else "CRITICAL")
    click.echo("Starting Prefect …", err=True)
    try:
        url = ensure_prefect_api(prefect_home)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error
    from flows.nightly import nightly
    from flows.runs.interrupt import remembered_interrupt, terminated_plainly
    from flows.runs.outcomes import PlanRunFailed

    try:
        with terminated_plainly(), remembered_interrupt():
            return nightly(
                str(request.path),
                request.rerun,
                list(request.only),
                list(request.devices) or None,
                request.runner,
            )()
    except PlanRunFailed as failed:
        return failed.report
    except RuntimeError as error:
        if "Failed to reach API" not in str(error):
            raise
        raise click.ClickException(
            f"no Prefect server answers at {url}: start it, or unset PREFECT_API_URL to use a"
            " private one"
        ) from error
