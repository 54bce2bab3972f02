"""Query Prefect's server: deployments, flow runs and workers of rankcheck.

Prefect is imported only when a server is asked.
"""

from __future__ import annotations

import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import FlowFilter, FlowRunFilter

FLOWS = ("nightly", "import-board", "watch")
"""Names of our flows."""

POOL = "rankcheck"

ATTENDED = "rankcheck:attended"
"""Tag of a flow run that ended badly and that people were told of."""

DEFAULT_URL = "http://127.0.0.1:4200/api"


class PrefectUnreachable(Exception):  # noqa: N818 - says what is the case
    """No Prefect server answers, or it refuses."""


@dataclass(frozen=True)
class Deployment:
    """A deployment of one of our flows.

    Attributes:
        name: `flow/deployment`.
        paused: Whether nothing is scheduled: it, or each of its schedules, is off.
        scheduled: Whether it has a schedule.
        next_due: When its next run is due; None where none is planned.
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
        deployments: Of our flows, by name.
        waiting: Names of flow runs that are due or starting, with their state and due time.
        running: Names of flow runs that run, with their start time.
        workers: Workers of the pool that are online.
        pool: Whether the work pool is there, and not paused.
    """

    url: str
    deployments: tuple[Deployment, ...] = ()
    waiting: tuple[tuple[str, str, datetime], ...] = ()
    running: tuple[tuple[str, datetime | None], ...] = field(default=())
    workers: tuple[str, ...] = ()
    pool: bool = False

    def problems(self) -> list[str]:
        """Return what keeps plan runs from starting, one sentence each with what to do."""
        found = []
        if not self.pool:
            found.append(
                f"the work pool {POOL!r} is missing or paused: prefect work-pool create {POOL}"
                f" --type process, or prefect work-pool resume {POOL}"
            )
        elif not self.workers:
            found.append(
                "no worker is online: prefect worker start --pool rankcheck --type process"
            )
        scheduled = [each for each in self.deployments if each.scheduled]
        if not scheduled:
            found.append("no deployment has a schedule: prefect --no-prompt deploy --all")
        found += [
            f"deployment {each.name} is paused: prefect deployment schedule resume, or Resume on"
            " its page"
            for each in scheduled
            if each.paused
        ]
        return found


def api_url() -> str:
    """Return the server's address: `PREFECT_API_URL`, or the default of `flows.schedule`."""
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
        names = {each.id: f"{_flow_name(client, each.flow_id)}/{each.name}" for each in deployments}
        runs = client.read_flow_runs(
            flow_filter=our_flows(),
            flow_run_filter=in_states("SCHEDULED", "PENDING", "RUNNING"),
            # A hundred runs a deployment are planned ahead, and one answer holds 200.
            sort=FlowRunSort.EXPECTED_START_TIME_ASC,
            limit=200,
        )
        now = datetime.now(UTC)
        coming: dict[UUID, datetime] = {}
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
                coming[run.deployment_id] = min(due, coming.get(run.deployment_id, due))
        return Server(
            url,
            deployments=tuple(
                sorted(
                    (
                        Deployment(
                            names[each.id],
                            bool(each.paused)
                            or not any(schedule.active for schedule in each.schedules),
                            bool(each.schedules),
                            coming.get(each.id),
                        )
                        for each in deployments
                    ),
                    key=lambda each: each.name,
                )
            ),
            waiting=tuple(sorted(waiting, key=lambda each: each[2])),
            running=tuple(running),
            **_pool(client),
        )


def note_attended(flow_run_id: str, tags: list[str]) -> None:
    """Mark a flow run as reported, so that the caretaker does not report it again."""
    from prefect.exceptions import ObjectNotFound

    with suppress(ObjectNotFound), client_of(api_url()) as client:
        client.update_flow_run(UUID(flow_run_id), tags=[*tags, ATTENDED])


def our_flows() -> FlowFilter:
    """Return a filter of our flows."""
    from prefect.client.schemas.filters import FlowFilter, FlowFilterName

    return FlowFilter(name=FlowFilterName(any_=list(FLOWS)))


def in_states(*types: str) -> FlowRunFilter:
    """Return a filter of flow runs whose state is of one of these types."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    wanted = [StateType(each) for each in types]
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=wanted)))


def _flow_name(client: SyncPrefectClient, flow_id: UUID) -> str:
    return str(client.read_flow(flow_id).name)


def _pool(client: SyncPrefectClient) -> dict[str, Any]:
    from prefect.exceptions import ObjectNotFound

    try:
        pool = client.read_work_pool(POOL)
    except ObjectNotFound:
        return {"pool": False, "workers": ()}
    workers = client.read_workers_for_work_pool(POOL)
    online = tuple(each.name for each in workers if each.status == "ONLINE")
    return {"pool": not pool.is_paused, "workers": online}
