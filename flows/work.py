"""Folders in which long jobs keep what they go on from after a kill."""

from __future__ import annotations

import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from flows.persisted import result_name

if TYPE_CHECKING:
    from flows.night import PlannedJob


def folder_of(root: Path, item: PlannedJob) -> Path:
    """Return the folder of a job; the evaluator makes it if it keeps anything there.

    A deliberate repetition has one of its own: it starts anew.
    """
    return root / Path(result_name(item.job.job_key, item.generation)).stem


def drop(root: Path, item: PlannedJob) -> None:
    """Remove the folder of a job that is recorded."""
    shutil.rmtree(folder_of(root, item), ignore_errors=True)


def expire(root: Path, *, keep_days: float) -> int:
    """Remove folders that nothing was written to for `keep_days`.

    Returns:
        How many were removed.
    """
    oldest = time.time() - keep_days * 86400
    removed = 0
    for folder in root.glob("*"):
        try:
            newest = max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
        except FileNotFoundError:  # another run was quicker
            continue
        if newest < oldest:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
