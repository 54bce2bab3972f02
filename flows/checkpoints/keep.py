"""Manage the local checkpoints: lock them while in use, and prune them.

A lock on a checkpoint's folder lets one process pull it at a time, and protects it from pruning
while it is in use. Evaluations share the lock, so it is one of `db.file_lock`, which the system
releases if a process is killed. Lock files are never removed: removing one that another process
waits for would split the lock in two.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from db import file_lock
from evaluators.errors import CheckpointError
from flows.checkpoints.manifest import NAME, read
from flows.checkpoints.source import Checkpoint

PATIENCE = 3600.0  # seconds that a pull or an evaluation waits for a pull of the same checkpoint


@contextmanager
def in_use(checkpoint: Checkpoint, *, root: Path) -> Iterator[Checkpoint]:
    """Protect a checkpoint from `prune` by a shared lock while it is evaluated."""
    with _locked(root, checkpoint.folder, PATIENCE, shared=True):
        yield checkpoint


@contextmanager
def pulling(root: Path, folder: Path) -> Iterator[None]:
    """Lock a folder exclusively, after waiting for the process that holds it.

    Raises:
        CheckpointError: After an hour, naming the process that holds it.
    """
    with _locked(root, folder, PATIENCE):
        yield


@contextmanager
def if_unused(root: Path, folder: Path) -> Iterator[bool]:
    """Lock a folder exclusively if it is free, and yield whether that succeeded."""
    try:
        with _locked(root, folder, 0.0):
            yield True
    except _BusyError:
        yield False


class _BusyError(CheckpointError):
    pass


@contextmanager
def _locked(root: Path, folder: Path, wait: float, *, shared: bool = False) -> Iterator[None]:
    key = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:32]
    path = root / ".locks" / f"{key}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        deadline = time.monotonic() + wait
        while not file_lock.take(descriptor, shared=shared):
            if time.monotonic() >= deadline:
                raise _BusyError(
                    f"{folder} is being pulled or used by {file_lock.holder(descriptor)}, for "
                    f"longer than {wait:.0f} s. Wait for it or stop it, then run again."
                )
            time.sleep(0.1)
        file_lock.write_holder(descriptor)
        yield
    finally:
        os.close(descriptor)


MARGIN = (
    64_000_000  # bytes that must stay free, because the store and the logs are on the same disk
)

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the file system that `folder` is or will be on."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def validate_space(
    folder: Path, needed: int, *, free: FreeBytes = free_bytes, margin: int = MARGIN
) -> None:
    """Validate that a pull fits on the disk.

    Raises:
        CheckpointError: If it does not fit; the message gives the needed and the free bytes.
    """
    available = free(folder)
    if needed + margin > available:
        raise CheckpointError(
            f"{folder}: the pull needs {megabytes(needed)} and leaves {megabytes(margin)} free, "
            f"but only {megabytes(available)} are free. Make room, for example with "
            "`rankcheck checkpoints prune --keep-days 30`."
        )


def megabytes(count: int) -> str:
    """Return bytes as text in MB (1,000,000 bytes)."""
    return f"{count / 1e6:,.1f} MB"


def bytes_below(folder: Path) -> int:
    """Return the bytes of all files below a folder, ignoring vanished files."""
    total = 0
    for path in folder.rglob("*"):
        try:
            if path.is_file() and not path.is_symlink():
                total += path.stat().st_size
        except OSError:
            continue
    return total


_TRASH = ".trash"


@dataclass(frozen=True)
class KeptCheckpoint:
    """A checkpoint on this machine.

    Attributes:
        source: Where it was pulled from.
        resolved_revision: Its commit on the hub, or None.
        folder: Its local folder.
        digest: Its identity; empty if the pull is unfinished.
        weights_sha256: SHA-256 of its weights; empty if the pull is unfinished.
        bytes: Bytes that removing it would free; 0 for a folder that is used in place.
        last_used: When it was last pulled or used, in UTC.
        complete: False for the remains of an interrupted pull.
        in_place: Whether it is the user's own folder, which is never removed.
    """

    source: str
    resolved_revision: str | None
    folder: Path
    digest: str
    weights_sha256: str
    bytes: int
    last_used: datetime
    complete: bool = True
    in_place: bool = False


@dataclass(frozen=True)
class Pruned:
    """The result of `prune`, least recently used checkpoints first.

    Attributes:
        removed: Checkpoints that were removed, or would be in a dry run.
        in_use: Checkpoints that were not removed because a process uses them.
        freed_bytes: Bytes of `removed` together.
        kept_bytes: Bytes of the checkpoints that stay.
    """

    removed: tuple[KeptCheckpoint, ...]
    in_use: tuple[KeptCheckpoint, ...]
    freed_bytes: int
    kept_bytes: int


def list_checkpoints(root: Path) -> list[KeptCheckpoint]:
    """Return the checkpoints and unfinished pulls under `root`, recently used first."""
    checkpoints = [*_pulled(root.absolute()), *_in_place(root.absolute())]
    return sorted(checkpoints, key=lambda checkpoint: checkpoint.last_used, reverse=True)


def prune(
    root: Path,
    *,
    keep_days: float | None = None,
    max_gb: float | None = None,
    keep: Collection[str] = (),
    dry_run: bool = False,
    now: datetime | None = None,
) -> Pruned:
    """Remove old checkpoints, then the least recently used ones above a total size.

    Args:
        root: Folder that keeps pulled checkpoints.
        keep_days: Remove checkpoints that were not used for more than this many days.
        max_gb: Then remove until at most this many GB (1,000,000,000 bytes) are left.
        keep: Digests of checkpoints that are never removed.
        dry_run: Only return what would be removed.
        now: The time from which days are counted; by default the current one.
    """
    root, now = root.absolute(), now or datetime.now(UTC)
    if not dry_run:
        shutil.rmtree(root / _TRASH, ignore_errors=True)
    pulled = [checkpoint for checkpoint in list_checkpoints(root) if not checkpoint.in_place]
    total = sum(checkpoint.bytes for checkpoint in pulled)
    removed, busy = [], []
    for checkpoint in sorted(pulled, key=lambda checkpoint: checkpoint.last_used):
        old = keep_days is not None and now - checkpoint.last_used > timedelta(days=keep_days)
        over = max_gb is not None and total > max_gb * 1e9
        if not (old or over) or checkpoint.digest in keep:
            continue
        with if_unused(root, checkpoint.folder) as free:
            if not free:
                busy.append(checkpoint)
                continue
            if not dry_run:
                _remove(root, checkpoint.folder)
            removed.append(checkpoint)
            total -= checkpoint.bytes
    return Pruned(
        tuple(removed), tuple(busy), sum(checkpoint.bytes for checkpoint in removed), total
    )


def _pulled(root: Path) -> Iterator[KeptCheckpoint]:
    for folder in sorted(
        [*root.glob("hf/*/*/*"), *root.glob("url/*/*"), *root.glob("small-bert/*")]
    ):
        if not folder.is_dir():
            continue
        manifest, size = read(folder / NAME), bytes_below(folder)
        if manifest is None:
            name = folder.relative_to(root).as_posix()
            newest = max((p.stat().st_mtime for p in folder.rglob("*") if p.exists()), default=0.0)
            yield KeptCheckpoint(name, None, folder, "", "", size, _utc(newest), complete=False)
        else:
            yield KeptCheckpoint(
                manifest.source,
                manifest.resolved_revision,
                folder,
                manifest.digest,
                manifest.weights_sha256,
                size,
                _utc((folder / NAME).stat().st_mtime),
            )


def _in_place(root: Path) -> Iterator[KeptCheckpoint]:
    for record in sorted(root.glob("in-place/*.json")):
        manifest = read(record)
        if manifest is not None and manifest.folder.is_dir():
            yield KeptCheckpoint(
                manifest.source,
                None,
                manifest.folder,
                manifest.digest,
                manifest.weights_sha256,
                0,
                _utc(record.stat().st_mtime),
                in_place=True,
            )


def _remove(root: Path, folder: Path) -> None:
    """Remove a checkpoint after renaming it, so that a kill leaves no partial one."""
    trash = root / _TRASH / uuid.uuid4().hex
    trash.parent.mkdir(parents=True, exist_ok=True)
    folder.rename(trash)
    shutil.rmtree(trash)
    with suppress(OSError):  # folders that are not empty stay
        for parent in folder.parents:
            if parent == root:
                break
            parent.rmdir()


def _utc(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
