"""The real command line, with a SIGKILL from outside once it has used some processor seconds.

`python -m tests.flows.killed_later SECONDS -- run plan.yaml` starts a process that watches this one
and kills it wherever it is, in DuckDB too. Processor seconds divide the work evenly, however busy
the machine is. A command that ends before says on its last line of stderr how many it used.
"""

from __future__ import annotations

import atexit
import os
import signal
import sys
import time

LOOKS_EVERY = 0.002
"""Seconds from one look at the clock of the watched process to the next."""


def _watch(pid: int, seconds: float) -> None:
    """Kill a process once it has used so many processor seconds, or return when it has ended."""
    clock = ((-pid - 1) << 3) | 2  # as clock_getcpuclockid(3): of all its threads
    while os.getppid() == pid:
        if time.clock_gettime(clock) >= seconds:
            os.kill(pid, signal.SIGKILL)
        time.sleep(LOOKS_EVERY)


def _say_seconds() -> None:
    print(f"\n{time.process_time():.3f}", file=sys.stderr)


def main(seconds: float, arguments: list[str]) -> None:
    watched = os.getpid()
    if os.fork() == 0:
        try:
            _watch(watched, time.process_time() + seconds)
        finally:
            os._exit(0)
    atexit.register(_say_seconds)
    sys.argv = ["rankcheck", *arguments]
    from flows.cli import main as rankcheck

    rankcheck()


if __name__ == "__main__":
    main(float(sys.argv[1]), sys.argv[3:])
