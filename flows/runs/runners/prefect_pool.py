"""Run each worker process as a flow run on a Prefect work pool, by whoever serves the pool."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flows.operations.prefect_api import POOL, PrefectUnreachable, api_url, client_of, pool
from flows.runs.runners import Crew, RunnerError
from flows.runs.worker_link import Call

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import State

DEPLOYMENT = "worker/worker"
"""The deployment in prefect.yaml whose flow runs are the workers."""

_SECONDS_BETWEEN_LOOKS = 2.0


class PrefectPool:
    """Flow runs of the deployment `worker/worker`.

    Args:
        number: How many; None for one on each machine that serves the pool.

    Raises:
        RunnerError: No Prefect server is configured.
    """

    elsewhere = True
    own_groups = False

    def __init__(self, number: int | None) -> None:
        self._number = number
        if not os.environ.get("PREFECT_API_URL"):
            raise RunnerError(
                "runner prefect needs the server whose work pool has workers: set PREFECT_API_URL"
                " to its address"
            )

    def count(self, jobs: int, groups: int) -> int:
        """Return the number that was asked for, or that of the pool's workers.

        Raises:
            RunnerError: Nobody serves the pool, or the server does not answer.
        """
        with _client() as client:
            found = pool(client)
        if not found.usable:
            raise RunnerError(
                f"runner prefect needs the work pool {POOL!r}, which is missing or paused: prefect"
                f" work-pool create {POOL} --type process, or prefect work-pool resume {POOL}"
            )
        if not found.workers:
            raise RunnerError(
                f"runner prefect needs a worker that serves the work pool {POOL!r}, and none is"
                f" online: prefect worker start --pool {POOL} --type process"
            )
        return min(jobs, self._number or len(found.workers))

    @contextmanager
    def workers(self, call: Call, crew: Crew) -> Iterator[_FlowRuns]:
        """Create a flow run for each worker; those that have not finished are cancelled."""
        from prefect.exceptions import ObjectNotFound

        with _client() as client:
            try:
                deployment = client.read_deployment_by_name(DEPLOYMENT)
            except ObjectNotFound as error:
                raise RunnerError(
                    f"runner prefect needs the deployment {DEPLOYMENT}: prefect --no-prompt deploy"
                    " --all"
                ) from error
            started = _FlowRuns(client, crew)
            try:
                for place in range(crew.count):
                    run = client.create_flow_run_from_deployment(
                        deployment.id,
                        parameters={"call": list(call), "place": place},
                        tags=["rankcheck"],
                    )
                    started.ids.append(run.id)
                yield started
            finally:
                started.cancel()


@contextmanager
def _client() -> Iterator[SyncPrefectClient]:
    try:
        with client_of(api_url()) as client:
            yield client
    except PrefectUnreachable as error:
        raise RunnerError(f"runner prefect needs its server: {error}") from error


class _FlowRuns:
    """The created flow runs."""

    def __init__(self, client: SyncPrefectClient, crew: Crew) -> None:
        self.ids: list[UUID] = []
        self._client = client
        self._crew = crew
        self._ended: dict[int, str] = {}
        self._looked = 0.0

    def ended(self) -> dict[int, str]:
        """Return the states of those that are final, or whose connection ended.

        A flow run on a machine that is gone stays *Running* for Prefect.
        """
        if time.monotonic() - self._looked > _SECONDS_BETWEEN_LOOKS:
            self._looked = time.monotonic()
            for place, flow_run_id in enumerate(self.ids):
                run = self._client.read_flow_run(flow_run_id)
                if run.state is not None and run.state.is_final():
                    said = f": {run.state.message}" if run.state.message else ""
                    self._ended[place] = f"flow run {run.name!r} ended {run.state.name}{said}"
        gone = dict.fromkeys(self._crew.lost, "the connection to its flow run ended")
        return {**gone, **self._ended}

    def cancel(self) -> None:
        """Have those that have not finished stopped, and mark those that are gone."""
        from prefect.states import Cancelled, Cancelling, Crashed

        state: State[Any]
        for place, flow_run_id in enumerate(self.ids):
            if place in self._crew.finished:
                continue
            run = self._client.read_flow_run(flow_run_id)
            if run.state is None or run.state.is_final():
                continue
            if place in self._crew.lost:
                state = Crashed(message="Marked by rankcheck: its process is gone.")
            elif run.state.is_running() or run.state.is_pending():
                state = Cancelling(message="Its plan run has ended.")
            else:
                state = Cancelled(message="Its plan run has ended.")
            self._client.set_flow_run_state(flow_run_id, state, force=True)
