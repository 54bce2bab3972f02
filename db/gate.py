"""Guard a DuckDB file by its gate, a lock file that every open of the store takes.

With DuckDB's own lock, readers can starve a writer forever. So a writer holds the gate
`<store>.gate` alone until it has committed and closed, and a reader shares it while it opens.
Overlapping readers could still share it without a pause, so a writer first locks `<store>.queue`,
which a reader takes briefly before the gate: no new reader reaches the gate, and it becomes free.
The operating system releases both when their holder dies, even by kill -9.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from db import event_log
from db.deadline import Deadline
from db.disk import cannot_write
from db.errors import StoreBusy, StoreError
from db.file_lock import holder, take, write_holder

_LONG = 0.1
"""Seconds; a longer wait for the gate is an event."""


@contextmanager
def shared(store: Path, deadline: Deadline) -> Iterator[None]:
    """Share the gate with other readers while the store is opened.

    Raises:
        StoreBusy: When a writer held it for longer than the wait, naming its process.
    """
    with _locked(_beside(store, "queue"), store, deadline, writing=False):
        pass
    with _locked(_beside(store, "gate"), store, deadline, writing=False):
        yield


@contextmanager
def exclusive(store: Path, deadline: Deadline) -> Iterator[None]:
    """Hold the gate alone, until the store is committed and closed.

    Raises:
        StoreBusy: When others held it for longer than the wait, naming the writing process.
        StoreError: When the folder cannot be written.
    """
    with ExitStack() as stack:
        for name in ("queue", "gate"):
            path = _beside(store, name)
            stack.enter_context(_locked(path, store, deadline, writing=True))
        yield


def _beside(store: Path, name: str) -> Path:
    return store.with_name(f"{store.name}.{name}")


@contextmanager
def _locked(path: Path, store: Path, deadline: Deadline, *, writing: bool) -> Iterator[None]:
    descriptor = _open(path, store, writing=writing)
    if descriptor is None:  # on read-only media there is no writer to wait for
        yield
        return
    begun = time.monotonic()
    try:
        while not take(descriptor, shared=not writing):
            # Trying is cheap, and a busy writer leaves the gate open only for milliseconds.
            if not deadline.wait(longest=0.003):
                raise StoreBusy(_busy(store, descriptor, deadline))
        if (waited := time.monotonic() - begun) > _LONG:
            event_log.note("gate_wait", store=str(store), seconds=round(waited, 3), writing=writing)
        if writing:
            write_holder(descriptor)
        yield
    finally:
        os.close(descriptor)


def _open(path: Path, store: Path, *, writing: bool) -> int | None:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    except OSError as error:
        if writing:
            raise StoreError(
                cannot_write(error)
                or f"{store} cannot be written: {error.strerror} in {path.parent}; make the folder"
                " writable, or point RANKCHECK_STORE elsewhere"
            ) from error
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _busy(store: Path, descriptor: int, deadline: Deadline) -> str:
    return (
        f"{store} stayed busy for {deadline.seconds:g} s: {holder(descriptor)} is writing to it;"
        " try again when it has finished"
    )
