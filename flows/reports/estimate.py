"""Show what a plan run needs, as a table or as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flows.reports.sheet import Section, Sheet, write

if TYPE_CHECKING:
    from flows.runs.estimate import Estimate


def estimate_text(estimate: Estimate, form: str) -> str:
    """Return an estimate in a format: `table` or `json`."""
    return write(_sheet(estimate), form, records=(), document=_document(estimate))


def _sheet(estimate: Estimate) -> Sheet:
    notes = [
        f"{failure.checkpoint} {failure.task}".strip() + f" is unavailable: {failure.error}"
        for failure in estimate.failures
    ]
    if estimate.memory and estimate.memory.bytes > estimate.free_memory:
        notes.append("the weights do not fit into the free memory: the jobs would be refused")
    if estimate.download > estimate.free_disk:
        notes.append("the downloads do not fit on the disk")
    checkpoints = tuple(
        (
            need.name,
            need.status,
            _bytes(need.download),
            "unknown" if need.elements is None else f"{need.elements:,}",
            need.reason,
        )
        for need in estimate.checkpoints
    )
    jobs = tuple(
        (
            need.checkpoint or "-",
            need.evaluator,
            str(need.todo),
            _time(need.seconds, need.todo - need.unknown),
            str(need.unknown),
            str(need.runs),
            need.how,
        )
        for need in estimate.jobs
    )
    return Sheet(
        facts=(
            ("plan", estimate.plan),
            ("jobs", f"{estimate.todo} to run, {estimate.done} up to date"),
            ("download", _download(estimate)),
            ("disk", f"{_bytes(estimate.free_disk)} are free at {estimate.folder}"),
            ("memory", _memory(estimate)),
            ("time", _total_time(estimate)),
        ),
        notes=tuple(notes),
        sections=(
            Section(
                "checkpoints",
                ("name", "status", "download", "elements", "note"),
                (False, False, True, True, False),
                checkpoints,
            ),
            Section(
                "jobs to run",
                ("checkpoint", "evaluator", "jobs", "time", "unknown", "runs", "rests on"),
                (False, False, True, True, True, True, False),
                jobs,
            ),
        ),
    )


def _download(estimate: Estimate) -> str:
    parts = [_bytes(estimate.download)]
    if estimate.unknown_downloads:
        parts.append(f"unknown for {', '.join(estimate.unknown_downloads)}")
    if estimate.datasets:
        parts.append(f"and the datasets {', '.join(estimate.datasets)}, of unknown size")
    return "; ".join(parts)


def _memory(estimate: Estimate) -> str:
    free = f"{_bytes(estimate.free_memory)} are free"
    if estimate.memory is None:
        return f"unknown; {free}"
    name, dtype, size = estimate.memory
    return f"{_bytes(size)} for the weights of {name} in {dtype}; {free}"


def _total_time(estimate: Estimate) -> str:
    known = estimate.todo - estimate.unknown_jobs
    if not estimate.todo:
        return "none"
    if not known:
        return "unknown: no earlier run tells it"
    runs = "1 earlier run" if estimate.runs == 1 else f"{estimate.runs} earlier runs"
    text = f"{_time(estimate.seconds, known)} for {known} jobs, from {runs}"
    if estimate.foreign:
        text += ", some on another kind of machine"
    if estimate.unknown_jobs:
        text += f"; unknown for {estimate.unknown_jobs} jobs"
    return text


def _time(seconds: float, known: int) -> str:
    if not known:
        return "unknown"
    if seconds < 60:
        return f"{seconds:.1f} s"
    return f"{seconds / 60:.0f} min" if seconds < 3600 else f"{seconds / 3600:.1f} h"


def _bytes(count: int | None) -> str:
    if count is None:
        return "unknown"
    return f"{count / 1e9:.2f} GB" if count >= 1e8 else f"{count / 1e6:.1f} MB"


def _document(estimate: Estimate) -> dict[str, Any]:
    memory = estimate.memory
    return {
        "plan": estimate.plan,
        "jobs": {"todo": estimate.todo, "up_to_date": estimate.done},
        "download_bytes": estimate.download,
        "download_unknown": list(estimate.unknown_downloads),
        "datasets_to_download": list(estimate.datasets),
        "disk_free_bytes": estimate.free_disk,
        "memory": memory._asdict() if memory else None,
        "memory_free_bytes": estimate.free_memory,
        "seconds": estimate.seconds if estimate.todo > estimate.unknown_jobs else None,
        "jobs_of_unknown_cost": estimate.unknown_jobs,
        "earlier_runs": estimate.runs,
        "other_machines": estimate.foreign,
        "checkpoints": [
            {
                "name": need.name,
                "source": need.source,
                "status": need.status,
                "download_bytes": need.download,
                "elements": need.elements,
                "commit": need.commit or None,
                "note": need.reason,
            }
            for need in estimate.checkpoints
        ],
        "jobs_to_run": [need._asdict() for need in estimate.jobs],
        "unavailable": [
            {"checkpoint": f.checkpoint, "task": f.task, "error": str(f.error)}
            for f in estimate.failures
        ],
    }
