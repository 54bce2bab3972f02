"""Query Prefect's server: deployments, flow runs and workers of rankcheck.

Prefect is imported only when a server is queried.
"""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import FlowFilter, FlowRunFilter

FLOWS = ("nightly", "import-board", "watch")
"""Names of our flows."""

POOL = "rankcheck"

ATTENDED = "rankcheck:attended"
"""Tag of a flow run that crashed or failed and was reported."""

DEFAULT_URL = "http://127.0.0.1:4200/api"


class PrefectUnreachable(Exception):  # noqa: N818 - says what is the case
    """No Prefect server answers, or it refuses the request."""


@dataclass(frozen=True)
class Deployment:
    """A deployment of one of our flows.

    Attributes:
        name: `flow/deployment`.
        paused: Whether it, or each of its schedules, is off.
        scheduled: Whether it has a schedule.
        next_due: When its next run is due; None if none is planned.
    """

    name: str
    paused: bool
    scheduled: bool
    next_due: datetime | None


@dataclass(frozen=True)
class Server:
    """The state of a Prefect server.

    Attributes:
        url: Its address.
        deployments: Deployments of our flows, sorted by name.
        waiting: Names of flow runs that are due or starting, with their state and due time.
        running: Names of running flow runs, with their start time.
        workers: Names of the pool's workers that are online.
        pool: Whether the work pool exists and is not paused.
    """

    url: str
    deployments: tuple[Deployment, ...] = ()
    waiting: tuple[tuple[str, str, datetime], ...] = ()
    running: tuple[tuple[str, datetime | None], ...] = field(default=())
    workers: tuple[str, ...] = ()
    pool: bool = False

    def problems(self) -> list[str]:
        """Return what prevents plan runs from starting and the remedy, one sentence each."""
        problems = []
        if not self.pool:
            problems.append(
                f"the work pool {POOL!r} is missing or paused: prefect work-pool create {POOL}"
                f" --type process, or prefect work-pool resume {POOL}"
            )
        elif not self.workers:
            problems.append(
                "no worker is online: prefect worker start --pool rankcheck --type process"
            )
        scheduled = [deployment for deployment in self.deployments if deployment.scheduled]
        if not scheduled:
            problems.append("no deployment has a schedule: prefect --no-prompt deploy --all")
        problems += [
            f"deployment {deployment.name} is paused: prefect deployment schedule resume, or Resume"
            " on its page"
            for deployment in scheduled
            if deployment.paused
        ]
        return problems


def api_url() -> str:
    """Return the server's address: `PREFECT_API_URL`, or the default."""
    return os.environ.get("PREFECT_API_URL") or DEFAULT_URL


def answers(url: str) -> bool:
    """Return whether a Prefect server answers, without importing Prefect."""
    try:
        with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310
            return int(answer.status) == 200
    except OSError:
        return False


@contextmanager
def client_of(url: str, *, timeout: float = 10.0) -> Iterator[SyncPrefectClient]:
    """Open a client of a Prefect server.

    Raises:
        PrefectUnreachable: No server answers there, or it refuses.
    """
    import httpx
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.exceptions import PrefectHTTPStatusError
    from prefect.settings import (
        PREFECT_API_AUTH_STRING,
        PREFECT_API_KEY,
        PREFECT_SERVER_API_AUTH_STRING,
    )

    try:
        with SyncPrefectClient(
            url,
            auth_string=PREFECT_API_AUTH_STRING.value() or PREFECT_SERVER_API_AUTH_STRING.value(),
            api_key=PREFECT_API_KEY.value(),
            httpx_settings={"timeout": timeout},
        ) as client:
            yield client
    except PrefectHTTPStatusError as error:
        raise PrefectUnreachable(
            f"the Prefect server at {url} answers with {error.response.status_code}"
        ) from error
    except (httpx.HTTPError, OSError, RuntimeError) as error:
        if isinstance(error, RuntimeError) and "API" not in str(error):
            raise
        raise PrefectUnreachable(f"no Prefect server answers at {url}") from error


def ask(url: str) -> Server:
    """Ask a Prefect server about our deployments.

    Raises:
        PrefectUnreachable: No server answers there, or it refuses.
    """
    from prefect.client.schemas.sorting import FlowRunSort

    with client_of(url) as client:
        deployments = client.read_deployments(flow_filter=our_flows())
        names = {
            deployment.id: f"{_flow_name(client, deployment.flow_id)}/{deployment.name}"
            for deployment in deployments
        }
        runs = client.read_flow_runs(
            flow_filter=our_flows(),
            flow_run_filter=in_states("SCHEDULED", "PENDING", "RUNNING"),
            # Prefect plans a hundred runs per deployment ahead, and one answer holds 200.
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=200,
        )
        served = pool(client)
        now = datetime.now(UTC)
        next_due: dict[UUID, datetime] = {}
        waiting: list[tuple[str, str, datetime]] = []
        running: list[tuple[str, datetime | None]] = []
        for run in runs:
            due = run.next_scheduled_start_time or run.expected_start_time or now
            name = names.get(run.deployment_id, run.name) if run.deployment_id else run.name
            state = (run.state.name if run.state else None) or ""
            if run.state_type == "RUNNING":
                running.append((name, run.start_time))
            elif run.state_type == "PENDING" or due <= now:
                waiting.append((name, state, due))
            elif run.deployment_id:
                next_due[run.deployment_id] = min(due, next_due.get(run.deployment_id, due))
        return Server(
            url,
            deployments=tuple(
                sorted(
                    (
                        Deployment(
                            names[deployment.id],
                            bool(deployment.paused)
                            or not any(schedule.active for schedule in deployment.schedules),
                            bool(deployment.schedules),
                            next_due.get(deployment.id),
                        )
                        for deployment in deployments
                    ),
                    key=lambda deployment: deployment.name,
                )
            ),
            waiting=tuple(sorted(waiting, key=lambda flow_run: flow_run[2])),
            running=tuple(running),
            workers=served.workers,
            pool=served.usable,
        )


def note_attended(flow_run_id: str, tags: list[str]) -> None:
    """Mark a flow run as reported, so that the caretaker does not report it again."""
    from prefect.exceptions import ObjectNotFound

    with suppress(ObjectNotFound), client_of(api_url()) as client:
        client.update_flow_run(UUID(flow_run_id), tags=[*tags, ATTENDED])


def our_flows() -> FlowFilter:
    """Return a filter for our flows."""
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    return FlowFilter(name=FlowFilterName(any_=list(FLOWS)))


def in_states(*types: str) -> FlowRunFilter:
    """Return a filter for flow runs in a state of one of these types."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    state_types = [StateType(name) for name in types]
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=state_types)))


def _flow_name(client: SyncPrefectClient, flow_id: UUID) -> str:
    return str(client.read_flow(flow_id).name)


class Pool(NamedTuple):
    """The work pool of our deployments.

    Attributes:
        usable: Whether it exists and is not paused.
        workers: Names of its workers that are online.
    """

    usable: bool
    workers: tuple[str, ...] = ()


def pool(client: SyncPrefectClient) -> Pool:
    """Look at the work pool, and at who serves it."""
    from prefect.exceptions import ObjectNotFound

    try:
        found = client.read_work_pool(POOL)
    except ObjectNotFound:
        return Pool(usable=False)
    workers = client.read_workers_for_work_pool(POOL)
    online = tuple(worker.name for worker in workers if worker.status == "ONLINE")
    return Pool(not found.is_paused, online)
