"""`rankcheck status`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from flows.commands._options import format_option, hours_option, plan_option

if TYPE_CHECKING:
    from db.plan_runs import PlanRun
    from flows.operations.overdue import Age, Ended
    from flows.operations.prefect_api import Server

_SHOWN = 5


class _Row(NamedTuple):
    """One line of the output."""

    state: str
    what: str
    since: datetime | None
    detail: str


@click.command()
@plan_option
@hours_option
@format_option(("table", "json"))
def command(plan: str | None, hours: float, form: str) -> None:
    """Show running, waiting, failed and killed plan runs, and when the next one is due.

    Exits with status 1 if the last completed plan run is older than --hours, or the store cannot be
    read.
    """
    from db import open_store, plan_runs
    from db.errors import StoreError
    from db.settings import settings
    from flows.operations.overdue import age, reports
    from flows.operations.prefect_api import PrefectUnreachable, api_url, ask
    from flows.reports.sheet import json_text

    chosen = settings()
    now = datetime.now(UTC)
    ended, unreadable = [], ""
    try:
        ended = reports(open_store(chosen.store))
    except StoreError as error:
        unreadable = f"the reports of plan runs cannot be read: {error}"
    last = age(ended, plan=plan, hours=hours, now=now)
    server, trouble = None, ""
    try:
        server = ask(api_url())
    except PrefectUnreachable as error:
        trouble = f"{error}: nothing is scheduled; start a server with python -m flows.schedule"
    rows = [
        *_on_this_machine(plan_runs.running(chosen.store), plan_runs.killed(chosen.store)),
        *_failed(last.failed_since),
        *_scheduled(server),
    ]
    if form == "json":
        document = _document(rows, last, server, trouble)
        print(json_text({**document, "store_problem": unreadable or None}))
    else:
        _print(rows, now)
        for problem in server.problems() if server else [trouble]:
            print(f"Prefect: {problem}")
        print(unreadable or f"{last.sentence()}{': OVERDUE' if last.overdue else ''}")
    sys.exit(1 if last.overdue else 0)


def _on_this_machine(running: list[PlanRun], killed: list[PlanRun]) -> Iterator[_Row]:
    for run in running:
        yield _Row("running", run.plan, run.started, f"{run.progress} done, process {run.pid}")
    for run in killed[-_SHOWN:]:
        detail = f"process {run.pid} was killed; {run.progress} done"
        yield _Row("cut short", run.plan, run.started, detail)


def _failed(ended: tuple[Ended, ...]) -> Iterator[_Row]:
    for run in ended[:_SHOWN]:
        detail = f"{run.failed} failed, {run.evaluated} evaluated, {run.kept} done before"
        yield _Row("failed", run.plan, run.finished, detail)


def _scheduled(server: Server | None) -> Iterator[_Row]:
    if server is None:
        return
    for name, state, due in server.waiting:
        yield _Row("waiting", name, due, state)
    for deployment in server.deployments:
        if deployment.paused and deployment.scheduled:
            yield _Row("paused", deployment.name, None, "nothing is scheduled")
        elif deployment.next_due:
            yield _Row("next", deployment.name, deployment.next_due, "")


def _print(rows: list[_Row], now: datetime) -> None:
    lines = [
        (
            row.state,
            row.what,
            f"{row.since:%Y-%m-%d %H:%M} UTC, {_distance(row.since, now)}" if row.since else "",
            row.detail,
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        print("  ".join(cells).rstrip())


def _distance(moment: datetime, now: datetime) -> str:
    """Return how far a moment is: `12 min ago`, `in 4 h`."""
    seconds = abs((now - moment).total_seconds())
    for unit, length in (("d", 172800), ("h", 7200), ("min", 60)):
        if seconds >= length:
            length = {"d": 86400, "h": 3600, "min": 60}[unit]
            amount = f"{seconds / length:.0f} {unit}"
            break
    else:
        amount = f"{seconds:.0f} s"
    return f"{amount} ago" if moment <= now else f"in {amount}"


def _document(rows: list[_Row], last: Age, server: Server | None, trouble: str) -> dict[str, Any]:
    return {
        "overdue": last.overdue,
        "last_success": last.last.finished.isoformat() if last.last else None,
        "plan": last.plan or None,
        "hours": last.hours,
        "prefect": {
            "url": server.url if server else None,
            "problems": server.problems() if server else [trouble],
            "workers": list(server.workers) if server else [],
        },
        "rows": [
            {**row._asdict(), "since": row.since.isoformat() if row.since else None} for row in rows
        ],
    }
