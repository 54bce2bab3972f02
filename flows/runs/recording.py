"""Convert the results of jobs to rows of the store."""

from __future__ import annotations

import json
import platform
import sys
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from db import event_log
from db.code_version import code_version
from db.record import finished, record
from db.rows import CheckpointRow, DatasetRow, RunRow, SystemRow
from evaluators import registry
from evaluators.digest import canonical_json, sha256_json
from evaluators.result import Result
from flows.inputs import InputPlace, row
from flows.runs.environment import Environment, environment

if TYPE_CHECKING:
    from db.store import Store
    from flows.checkpoints import Checkpoint
    from flows.runs.prepare import InputFailure, PlannedJob


def provenance(started: datetime, *, night_id: str) -> dict[str, Any]:
    """Return the machine, times, environment and code of an evaluation as plain JSON.

    It is persisted with the result, so that a result that is recorded by a later process keeps the
    provenance of the process that computed it.
    """
    ended = datetime.now(UTC)
    code = code_version()
    return {
        "run_id": uuid.uuid4().hex,
        "night_id": night_id,
        "started_at": started.isoformat(),
        "finished_at": ended.isoformat(),
        "seconds": (ended - started).total_seconds(),
        "host": platform.node(),
        "environment": environment().to_json(),
        "code_commit": code.commit,
        "code_dirty": code.dirty,
        "prefect_flow_run_id": _flow_run_id(),
    }


def _flow_run_id() -> str:
    if "prefect" not in sys.modules:  # a plan run with nothing to do does not start Prefect
        return ""
    from prefect.runtime import flow_run

    return str(flow_run.id or "")


def already_finished(store: Store, item: PlannedJob) -> bool:
    """Return whether another run has finished this job since the plan was expanded."""
    key = item.job.job_key
    run = finished(store, [key]).get(key)
    return run is not None and run.generation >= item.generation


def is_recorded(store: Store, item: PlannedJob, run_id: str) -> bool:
    """Return whether this run is the current one of its job."""
    key = item.job.job_key
    run = finished(store, [key]).get(key)
    return run is not None and run.run_id == run_id


def record_result(
    store: Store, item: PlannedJob, result: Result, origin: Mapping[str, Any], place: InputPlace
) -> bool:
    """Write a finished run with its scores and curves, in one transaction.

    Returns:
        False if this generation of the job was already finished, so that nothing was written.
    """
    new = record(
        store,
        _run_row(
            item, origin, "finished", cost=dict(result.cost), device=result.cost.get("device")
        ),
        result.scores,
        result.curves,
        system=_system(origin),
        checkpoint=checkpoint_row(item.checkpoint) if item.checkpoint else None,
        dataset=_dataset(item, place),
    )
    event_log.note(
        "run_recorded", run=origin["run_id"], job=item.job.job_key, status="finished", new=new
    )
    return new


def record_failure(
    store: Store,
    item: PlannedJob,
    error: BaseException,
    origin: Mapping[str, Any],
    place: InputPlace,
) -> None:
    """Write a failed run with its error."""
    row = _run_row(
        item,
        origin,
        "failed",
        error_type=type(error).__name__,
        error_text=str(error) or repr(error),
    )
    record(
        store,
        row,
        system=_system(origin),
        checkpoint=checkpoint_row(item.checkpoint) if item.checkpoint else None,
        dataset=_dataset(item, place),
    )
    event_log.note(
        "run_recorded", run=origin["run_id"], job=item.job.job_key, status="failed", new=True
    )


def record_input_failure(store: Store, failure: InputFailure, night_id: str) -> None:
    """Record that a checkpoint or a dataset is unavailable."""
    parameters = {"checkpoint": failure.checkpoint, "source": failure.source, "task": failure.task}
    origin = provenance(datetime.now(UTC), night_id=night_id)
    record(
        store,
        RunRow(
            job_key=sha256_json(parameters),
            evaluator="input",
            evaluator_version="1",
            task=failure.task,
            checkpoint_digest="",
            dataset_digest="",
            parameters=canonical_json(parameters),
            seed=0,
            dtype="",
            status="failed",
            error_type=type(failure.error).__name__,
            error_text=str(failure.error),
            **_of_process(origin),
        ),
        system=_system(origin),
    )


def _of_process(origin: Mapping[str, Any]) -> dict[str, Any]:
    fingerprint = Environment(**origin["environment"]).fingerprint
    return {
        "run_id": origin["run_id"],
        "night_id": origin["night_id"],
        "started_at": datetime.fromisoformat(origin["started_at"]),
        "finished_at": datetime.fromisoformat(origin["finished_at"]),
        "seconds": origin["seconds"],
        "system_id": fingerprint,
        "environment": fingerprint,
        "code_commit": origin["code_commit"],
        "code_dirty": origin["code_dirty"],
        "prefect_flow_run_id": origin["prefect_flow_run_id"] or None,
    }


def _run_row(item: PlannedJob, origin: Mapping[str, Any], status: str, **fields: Any) -> RunRow:
    job = item.job
    return RunRow(
        job_key=job.job_key,
        generation=item.generation,
        evaluator=job.evaluator,
        evaluator_version=job.evaluator_version,
        task=job.task,
        checkpoint_digest=job.checkpoint_digest,
        dataset_digest=job.dataset_digest,
        parameters=canonical_json(dict(job.parameters)),
        seed=job.seed,
        dtype=job.dtype,
        status=status,
        is_canary=item.is_canary,
        **_of_process(origin),
        **fields,
    )


def _system(origin: Mapping[str, Any]) -> SystemRow:
    recorded = origin["environment"]
    return SystemRow(
        system_id=Environment(**recorded).fingerprint,
        libraries=recorded["libraries"],
        machine=recorded["machine"],
        accelerators=recorded["accelerators"],
        host=origin["host"],
    )


def checkpoint_row(checkpoint: Checkpoint) -> CheckpointRow:
    """Return the row of a checkpoint under its name in the plan."""
    return CheckpointRow(
        checkpoint_digest=checkpoint.digest,
        name=checkpoint.name,
        source=checkpoint.source,
        requested_revision=checkpoint.requested_revision,
        resolved_revision=checkpoint.resolved_revision,
        weights_sha256=checkpoint.weights_sha256,
        bytes=checkpoint.bytes,
        fallback_used=checkpoint.fallback_used,
    )


def _dataset(item: PlannedJob, place: InputPlace) -> DatasetRow | None:
    ref = registry.find(item.job.evaluator).dataset_of(item.job)
    return None if ref is None else row(ref, item.job.dataset_digest, place)


def environment_of(store: Store, system_id: str) -> dict[str, dict[str, str]]:
    """Return a recorded environment, empty if it was never recorded."""
    from sqlalchemy import text

    query = text(
        "SELECT libraries, machine, accelerators FROM systems WHERE system_id = :id LIMIT 1"
    )
    with store.read() as connection:
        row = connection.execute(query, {"id": system_id}).mappings().first()
    return {name: json.loads(part) for name, part in row.items()} if row else {}
