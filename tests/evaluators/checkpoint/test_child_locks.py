"""A locked process has the processor time it is given, whatever it used to start."""

from __future__ import annotations

import resource
import time

from evaluators.checkpoint import child_locks


def test_the_limit_of_time_begins_now(monkeypatch):
    limits = {}
    monkeypatch.setattr(resource, "setrlimit", limits.__setitem__)
    while (used := time.process_time()) < 1:  # more than the limit: it would be over already
        pass

    assert child_locks.limit(memory=1, seconds=1, file_bytes=1) == []

    soft, hard = limits[resource.RLIMIT_CPU]
    assert used + 1 <= soft == hard <= time.process_time() + 2
