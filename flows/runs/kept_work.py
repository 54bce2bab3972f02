"""Manage the results and working state that a killed plan run leaves for the next."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from evaluators.errors import ScoreError
from evaluators.result import Result

if TYPE_CHECKING:
    from flows.runs.prepare import PlannedJob


PROVENANCE = frozenset(
    {
        *("run_id", "night_id", "started_at", "finished_at", "seconds", "host", "environment"),
        *("code_commit", "code_dirty", "prefect_flow_run_id"),
    }
)
# Prefect's reader would import the class that such a key names.
_FORBIDDEN = ("__class__", "__exc_type__")


def result_name(job_key: str, generation: int) -> str:
    """Return the file name of a job's persisted result."""
    return f"{job_key}.json" if generation == 0 else f"{job_key}.{generation}.json"


def drop_unusable(path: Path, *, environment: dict[str, Any] | None = None) -> bool:
    """Remove a damaged or outdated result, which Prefect would reuse.

    A kill may have truncated it, another version may have written another format, and somebody with
    write access could make Prefect unpickle it: only plain JSON in our format is left.

    Args:
        path: The file.
        environment: The environment that it must have been measured in; None for any. A job is
            repeated because something changed, so that an older result must not be reused.

    Returns:
        Whether a file was removed.
    """
    try:
        text = path.read_text(encoding="utf-8")
        record = json.loads(text)
        payload = json.loads(record["result"])
        serializer = record["metadata"]["serializer"]
        Result.from_json(payload["result"])
        if (
            serializer["type"] == "json"
            and serializer["jsonlib"] == "json"
            and not any(word in text for word in _FORBIDDEN)
            and payload["provenance"].keys() == PROVENANCE
            and environment in (None, payload["provenance"]["environment"])
        ):
            return False
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError, AttributeError, ScoreError):
        pass
    path.unlink(missing_ok=True)
    return True


def expire_results(folder: Path, *, keep_days: float) -> int:
    """Remove results older than `keep_days`, which are already in the store.

    Returns:
        How many were removed.
    """
    oldest = time.time() - keep_days * 86400
    removed = 0
    for path in folder.glob("*.json"):
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
                removed += 1
        except FileNotFoundError:  # another run has removed it
            continue
    return removed


def folder_of(root: Path, item: PlannedJob) -> Path:
    """Return the folder of a job; the evaluator creates it if it needs one.

    A deliberate repetition has its own folder, so that it starts from the beginning.
    """
    return root / Path(result_name(item.job.job_key, item.generation)).stem


def drop_folder(root: Path, item: PlannedJob) -> None:
    """Remove the folder of a job that has been recorded."""
    shutil.rmtree(folder_of(root, item), ignore_errors=True)


def expire_folders(root: Path, *, keep_days: float) -> int:
    """Remove folders that were not written to for `keep_days`.

    Returns:
        How many were removed.
    """
    oldest = time.time() - keep_days * 86400
    removed = 0
    for folder in root.glob("*"):
        try:
            newest = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
        except FileNotFoundError:  # another run has removed it
            continue
        if newest < oldest:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
