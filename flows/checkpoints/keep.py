"""Manage the local checkpoints: lock them while in use, and prune them.

Locks on a checkpoint's folder: one pulls it at a time, and what is in use is not pruned.
Evaluations share a lock, so it is one of `db.file_lock`: a killed pull blocks nobody. Lock files
stay: removing one that another process waits for would split the lock in two.
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
    """Lock a folder exclusively if it is free, and yield whether that succeeded."""
    try:
        with _held(root, folder, 0.0):
            yield True
    except _BusyError:
        yield False


class _BusyError(CheckpointError):
    pass


@contextmanager
def _held(root: Path, folder: Path, wait: float, *, shared: bool = False) -> Iterator[None]:
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


MARGIN = 64_000_000  # bytes that stay free: the store and the logs lie on the same disk

FreeBytes = Callable[[Path], int]


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the file system that `folder` is or will be on."""
    while not folder.exists():
        folder = folder.parent
    return shutil.disk_usage(folder).free


def validate_space(
    folder: Path, needed: int, *, free: FreeBytes = free_bytes, margin: int = MARGIN
) -> None:
    """Refuse to start a pull that would not fit.

    Raises:
        CheckpointError: With the bytes needed and the bytes free.
    """
    there = free(folder)
    if needed + margin > there:
        raise CheckpointError(
            f"{folder}: the pull needs {megabytes(needed)} and leaves {megabytes(margin)} free, "
            f"but only {megabytes(there)} are free. Make room, for example with "
            "`rankcheck checkpoints prune --keep-days 30`."
        )


def megabytes(count: int) -> str:
    """Return bytes as text in MB (1,000,000 bytes)."""
    return f"{count / 1e6:,.1f} MB"


def bytes_below(folder: Path) -> int:
    """Return the bytes of all files below a folder; files that vanish meanwhile count nothing."""
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
        source: Where it came from.
        resolved_revision: Its commit on the hub, or None.
        folder: Where it is.
        digest: Its identity; empty while a pull is unfinished.
        weights_sha256: SHA-256 of its weights; empty as above.
        bytes: What removing it would free; 0 for a folder that is used in place.
        last_used: When it was last pulled or found here, in UTC.
        complete: False for what an interrupted pull left.
        in_place: Whether it is somebody else's folder, which is never removed.
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
    """What `prune` removed or would remove, least recently used first, and what is in use.

    Attributes:
        removed: Gone.
        in_use: Would have gone, but a process holds them.
        freed_bytes: Sum over `removed`.
        kept_bytes: What the checkpoints that stay take.
    """

    removed: tuple[KeptCheckpoint, ...]
    in_use: tuple[KeptCheckpoint, ...]
    freed_bytes: int
    kept_bytes: int


def list_checkpoints(root: Path) -> list[KeptCheckpoint]:
    """Return the checkpoints under `root`, most recently used first, with unfinished pulls."""
    found = [*_pulled(root.absolute()), *_in_place(root.absolute())]
    return sorted(found, key=lambda kept: kept.last_used, reverse=True)


def prune(
    root: Path,
    *,
    keep_days: float | None = None,
    max_gb: float | None = None,
    keep: Collection[str] = (),
    dry_run: bool = False,
    now: datetime | None = None,
) -> Pruned:
    """Remove pulled checkpoints: those unused for long, then the least recently used ones.

    Args:
        root: Folder that keeps pulled checkpoints.
        keep_days: Remove what was not used for more than so many days.
        max_gb: Then remove until at most so many GB (1,000,000,000 bytes) are left.
        keep: Digests that stay in any case.
        dry_run: Remove nothing, only say what would go.
        now: The time to count days from.
    """
    root, now = root.absolute(), now or datetime.now(UTC)
    if not dry_run:
        shutil.rmtree(root / _TRASH, ignore_errors=True)
    ours = [kept for kept in list_checkpoints(root) if not kept.in_place]
    total = sum(kept.bytes for kept in ours)
    removed, busy = [], []
    for kept in sorted(ours, key=lambda kept: kept.last_used):
        old = keep_days is not None and now - kept.last_used > timedelta(days=keep_days)
        over = max_gb is not None and total > max_gb * 1e9
        if not (old or over) or kept.digest in keep:
            continue
        with if_unused(root, kept.folder) as free:
            if not free:
                busy.append(kept)
                continue
            if not dry_run:
                _remove(root, kept.folder)
            removed.append(kept)
            total -= kept.bytes
    return Pruned(tuple(removed), tuple(busy), sum(kept.bytes for kept in removed), total)


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
    """Remove a checkpoint by a rename first, so that a kill leaves no partial one."""
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
