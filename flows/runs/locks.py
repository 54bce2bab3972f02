"""Lock each job, so that two runs share the work and a dead one blocks nothing.

The kernel drops a lock of `filelock` with the process that holds it, whatever killed it; Prefect's
own FileSystemLockManager leaves a file behind that blocks the next run for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

_MOMENT = 0.05
"""Seconds that a lock is asked for where nobody waits: its holder may be about to leave it."""


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
    """Remove unheld lock files, which killed processes leave behind.

    Args:
        folder: Where the lock files lie; it may be missing.

    Returns:
        How many were removed.
    """
    removed = 0
    for path in folder.glob("*.lock"):
        # Its holder may remove it just now, and it may belong to another user.
        with suppress(OSError), _lock(path, wait=False) as mine:
            removed += mine
    return removed


@contextmanager
def _lock(path: Path, *, wait: bool) -> Iterator[bool]:
    # A soft lock, which filelock would fall back to, outlives a holder that is killed.
    lock = FileLock(path, -1 if wait else _MOMENT, poll_interval=0.01, fallback_to_soft=False)
    with suppress(Timeout):
        lock.acquire()
    try:
        yield lock.is_locked
    finally:
        # While it is held: filelock does not take a lock whose file was removed meanwhile.
        if lock.is_locked:
            path.unlink(missing_ok=True)
        lock.release()
