"""Lock each job, so that two runs share the work and a killed one blocks nothing.

The kernel releases a lock of `filelock` with the process that holds it, whatever killed it;
Prefect's own FileSystemLockManager leaves a file behind that blocks the next run forever.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from db.file_lock import take
from db.machine_locks import MachineLocks

_MOMENT = 0.05
"""Seconds to try for a lock without waiting, because its holder may be about to release it."""


@contextmanager
def job_locks(
    folder: Path,
    job_keys: Iterable[str],
    *,
    wait: bool,
    across_machines: MachineLocks | None = None,
) -> Iterator[bool]:
    """Hold the locks of all of several jobs, or of none.

    Keys are locked in sorted order, so that two runs never wait for each other in a circle.

    Args:
        folder: Folder of the lock files.
        job_keys: Keys of the jobs.
        wait: Wait for another run to finish with them; otherwise give up at once.
        across_machines: The store's locks of other machines, which are asked last.

    Yields:
        Whether the locks are held.

    Raises:
        StoreError: The server that keeps the store cannot be reached.
    """
    keys = sorted(set(job_keys))
    with _files_locked(folder, keys, wait=wait) as here:
        if not here or across_machines is None:
            yield here
            return
        with across_machines.held(keys, wait=wait) as everywhere:
            yield everywhere


@contextmanager
def _files_locked(folder: Path, keys: list[str], *, wait: bool) -> Iterator[bool]:
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as locks:
        for key in keys:
            if not locks.enter_context(_lock(folder / f"{key}.lock", wait=wait)):
                locks.close()
                yield False
                return
        yield True


def remove_unheld_locks(folder: Path) -> int:
    """Remove unheld lock files, which killed processes leave behind.

    Args:
        folder: Folder of the lock files; it may be missing.

    Returns:
        How many were removed.
    """
    removed = 0
    for path in folder.glob("*.lock"):
        # Its holder may be removing it, and it may belong to another user.
        with suppress(OSError), _lock(path, wait=False) as locked:
            removed += locked
    return removed


def held_locks(folder: Path) -> int:
    """Return how many lock files of a folder are held."""
    held = 0
    for path in folder.glob("*.lock"):
        with suppress(OSError):  # its holder has removed it, or it belongs to another user
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                held += not take(descriptor, shared=True)
            finally:
                os.close(descriptor)
    return held


@contextmanager
def _lock(path: Path, *, wait: bool) -> Iterator[bool]:
    # No soft lock, which filelock would fall back to: it survives a holder that is killed.
    lock = FileLock(path, -1 if wait else _MOMENT, poll_interval=0.01, fallback_to_soft=False)
    with suppress(Timeout):
        lock.acquire()
    try:
        yield lock.is_locked
    finally:
        # Unlink while holding it: filelock does not acquire a lock whose file was removed.
        if lock.is_locked:
            path.unlink(missing_ok=True)
        lock.release()
