"""What is kept on this machine, and making room: the least recently used goes first."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from flows.checkpoints.lock import if_unused
from flows.checkpoints.manifest import NAME, read
from flows.checkpoints.space import bytes_below

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
    """What `prune` removed (or would), least recently used first, and what stayed though asked for.

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
    """Return what is kept under `root`, most recently used first; unfinished pulls too."""
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
    """Take a checkpoint away in one rename, so that a kill leaves no half that looks whole."""
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
