"""Locks on a checkpoint's folder: one pulls it at a time, and what is in use is not pruned.

Evaluations share a lock, so it is one of `db.file_lock`: a killed pull blocks nobody. Lock files
stay: removing one that another process waits for would split the lock in two.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from db import file_lock
from evaluators.errors import CheckpointError
from flows.checkpoints.checkpoint import Checkpoint

PATIENCE = 3600.0  # seconds that a pull waits for another pull of the same checkpoint


@contextmanager
def in_use(checkpoint: Checkpoint, *, root: Path) -> Iterator[Checkpoint]:
    """Keep `prune` away from a checkpoint while it is being evaluated; many may at once."""
    with _held(root, checkpoint.folder, PATIENCE, shared=True):
        yield checkpoint


@contextmanager
def pulling(root: Path, folder: Path) -> Iterator[None]:
    """Hold a folder alone; waits for whoever pulls it now.

    Raises:
        CheckpointError: After an hour, naming the process that holds it.
    """
    with _held(root, folder, PATIENCE):
        yield


@contextmanager
def if_unused(root: Path, folder: Path) -> Iterator[bool]:
    """Hold a folder alone if nobody holds it; yields whether."""
    try:
        with _held(root, folder, 0.0):
            yield True
    except _BusyError:
        yield False


class _BusyError(CheckpointError):
    pass


@contextmanager
def _held(root: Path, folder: Path, patience: float, *, shared: bool = False) -> Iterator[None]:
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    path = root / ".locks" / f"{key}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + patience
        while not file_lock.take(descriptor, shared=shared):
            if time.monotonic() >= deadline:
                raise _BusyError(
                    f"{folder} is being pulled or used by {file_lock.holder(descriptor)}, for "
                    f"longer than {patience:.0f} s. Wait for it or stop it, then run again."
                )
            time.sleep(0.1)
        file_lock.write_holder(descriptor)
        yield
    finally:
        os.close(descriptor)
