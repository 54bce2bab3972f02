"""Define the flow of a worker process, which a Prefect work pool can run."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.operations.lost_output import output_may_be_lost
from flows.runs.worker_link import Call
from flows.runs.worker_process import work


@flow(name="worker", persist_result=False)
def worker(call: list[Any], place: int) -> None:
    """Evaluate jobs for a plan run that is waiting for workers; it creates these flow runs.

    Args:
        call: Addresses, port and key of the plan run, and its Prefect server.
        place: The worker's number among those of the plan run.
    """
    with output_may_be_lost():
        work(Call(*call), place)
