"""Lock files with `flock`, so that even kill -9 releases the locks.

For a simple exclusive lock, we use the library `filelock`. It has no lock that readers share and
whose file may have content: its `ReadWriteLock` is an SQLite database of its own, slower than the
store's gate (`python -m benchmarks file_locks`). So the gate, the marks of plan runs and the locks
of checkpoints use this module, and `flock` is called nowhere else.
"""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress


def take(descriptor: int, *, shared: bool = False, wait: bool = False) -> bool:
    """Lock an open file until its descriptor is closed.

    Args:
        descriptor: The open file; reading permission is enough, also for an exclusive lock.
        shared: Share the lock with others; otherwise hold it alone.
        wait: Wait until it is free.

    Returns:
        Whether it is held now; always with `wait`.
    """
    kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, kind if wait else kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def write_holder(descriptor: int) -> None:
    """Write this process into a lock file, so that others can name the holder."""
    with suppress(OSError):  # on a full disk, others see "another process"
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def holder(descriptor: int) -> str:
    """Return the process named in a lock file: `process 4711`, or `another process`.

    A process that was stopped (SIGSTOP, Ctrl-Z) keeps its locks, so the remedy is added.
    """
    import psutil

    pid = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
    if not (pid.isascii() and pid.isdigit()):
        return "another process"
    with suppress(psutil.Error, OverflowError):
        if psutil.Process(int(pid)).status() == psutil.STATUS_STOPPED:
            return f"process {pid} (it is stopped: `kill -CONT {pid}` resumes it)"
    return f"process {pid}"
