"""Results that Prefect persisted beside the store: the bridge over a death before the commit."""

from __future__ import annotations

import json
import time
from pathlib import Path


def result_name(job_key: str, generation: int) -> str:
    """Return the file name of a job's persisted result."""
    return f"{job_key}.json" if generation == 0 else f"{job_key}.{generation}.json"


def drop_unreadable(path: Path) -> bool:
    """Remove a result that a kill cut off in the middle; Prefect would trip over it.

    Returns:
        Whether a file was removed.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        payload = json.loads(record["result"])
        if {"result", "provenance"} <= payload.keys():
            return False
    except FileNotFoundError:
        return False
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    path.unlink(missing_ok=True)
    return True


def expire(folder: Path, *, keep_days: float) -> int:
    """Remove results older than `keep_days`; the store has had them since.

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
        except FileNotFoundError:  # another run was quicker
            continue
    return removed
