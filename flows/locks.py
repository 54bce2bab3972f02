"""One operating-system lock per job, so that two runs share the work and a dead one blocks none.

The kernel drops an flock with the process that holds it, whatever killed it; Prefect's own
FileSystemLockManager leaves a file behind that blocks the next run for good.
"""

from __future__ import annotations

import fcntl
import os
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


@contextmanager
def _lock(path: Path, *, wait: bool) -> Iterator[bool]:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
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


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        there = path.stat()
    except FileNotFoundError:
        return False
    mine = os.fstat(descriptor)
    return (mine.st_dev, mine.st_ino) == (there.st_dev, there.st_ino)
