"""Append events as JSON lines to the file of `RANKCHECK_LOG`, for programs that watch.

Each line has the time, the event, the process, and the ids of the plan run and of the job in which
it happened. Several processes may append to one file: a line is one write.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from db.settings import settings

_ids: ContextVar[Mapping[str, Any]] = ContextVar("ids", default={})  # noqa: B039 - never changed


@contextmanager
def within(**ids: Any) -> Iterator[None]:
    """Give every event in the block these ids too."""
    token = _ids.set({**_ids.get(), **ids})
    try:
        yield
    finally:
        _ids.reset(token)


def note(event: str, **fields: Any) -> None:
    """Append an event; without `RANKCHECK_LOG`, or if the file cannot be written, do nothing.

    Args:
        event: Its name: `job_ended`.
        fields: What belongs to it, as plain values.
    """
    path = settings().log
    if path is None:
        return
    line = {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "event": event,
        "host": platform.node(),
        "pid": os.getpid(),
        **_ids.get(),
        **fields,
    }
    text = json.dumps(line, ensure_ascii=False, default=str) + "\n"
    with suppress(OSError):  # a full disk must not end an evaluation
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            os.write(descriptor, text.encode(errors="replace"))
        finally:
            os.close(descriptor)
