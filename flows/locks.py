"""One operating-system lock per job, so that two runs share the work and a dead one blocks none.

The kernel drops an flock with the process that holds it, whatever killed it; Prefect's own
FileSystemLockManager leaves a file behind that blocks the next run for good.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path


@contextmanager
def job_locks(folder: Path, job_keys: Iterable[str], *, wait: bool) -> Iterator[bool]:
    """Hold the locks of several jobs, all or none.

    Keys are locked in sorted order, so that two runs never wait for each other in a circle.

    Args:
        folder: Where the lock files lie.
        job_keys: The jobs.
        wait: Wait for another run to finish with them; otherwise give up at once.

    Yields:
        Whether the locks are held.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as held:
        for key in sorted(set(job_keys)):
            if not held.enter_context(_lock(folder / f"{key}.lock", wait=wait)):
                held.close()
                yield False
                return
        yield True


def remove_unheld_locks(folder: Path) -> int:
    """Remove the lock files that nobody holds: a holder that is killed leaves its own behind.

    Args:
        folder: Where the lock files lie; it may be missing.

    Returns:
        How many were removed.
    """
    removed = 0
    for path in folder.glob("*.lock"):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:  # its holder removed it just now, or it belongs to another user
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Whoever opened it before us and locks it after us sees that it is removed.
            if _same_file(descriptor, path):
                path.unlink()
                removed += 1
        except OSError:
            continue
        finally:
            os.close(descriptor)
    return removed


@contextmanager
def _lock(path: Path, *, wait: bool) -> Iterator[bool]:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        if not _take(descriptor, wait=wait):
            os.close(descriptor)
            yield False
            return
        # The holder removes the file as it leaves: a lock on a removed file protects nothing.
        if _same_file(descriptor, path):
            break
        os.close(descriptor)
    try:
        yield True
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _take(descriptor: int, *, wait: bool) -> bool:
    if wait:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return True
    for pause in (0.01, 0.04, None):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if pause is None:
                return False
            time.sleep(pause)  # `remove_unheld_locks` holds one for some microseconds
        else:
            return True
    return False


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
