"""Write and check the manifests of checkpoints, and report the progress."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.atomic import write_json
from evaluators.checkpoint.files import (
    Stamp,
    digest_of,
    entries,
    needed_files,
    stamp_files,
    weights_sha256_of,
)
from evaluators.checkpoint.verify import verify
from evaluators.errors import CheckpointError
from evaluators.progress import Progress
from flows.checkpoints.source import Checkpoint, Source

if TYPE_CHECKING:
    import rich.progress

PATIENCE = 2.0  # seconds without a bar


def counting(progress: Progress | None, step: str, total: int) -> Callable[[int], None] | None:
    """Return a function that adds up bytes and passes the sum to `progress`."""
    if progress is None:
        return None
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        progress(step, min(done, total), total)

    return advance


@contextmanager
def reporting(progress: Progress | None, name: str) -> Iterator[Progress | None]:
    """Yield the caller's progress function, a bar on a terminal, or None."""
    if progress is not None or not sys.stderr.isatty():
        yield progress
        return
    bar = _Bar(name)
    try:
        yield bar
    finally:
        bar.close()


class _Bar:
    """A rich bar that appears only after two seconds."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._started = time.monotonic()
        self._live: rich.progress.Progress | None = None
        self._tasks: dict[str, rich.progress.TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        if self._live is None:
            if time.monotonic() - self._started < PATIENCE:
                return
            self._live = self._open()
        if step not in self._tasks:
            self._tasks[step] = self._live.add_task(f"{step} {self._name}", total=total)
        self._live.update(self._tasks[step], completed=done, total=total)

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()

    def _open(self) -> rich.progress.Progress:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as RichProgress

        columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn())
        live = RichProgress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
        live.start()
        return live


NAME = ".rankcheck.json"
# Increase it when `verify` refuses more, so that accepted checkpoints are verified again.
FORMAT = 1


@dataclass(frozen=True)
class Manifest:
    """The record of a verified checkpoint.

    `stamps` show whether files changed; `note` says why its commit is not the requested one.
    """

    source: str
    requested_revision: str | None
    resolved_revision: str | None
    folder: Path
    digest: str
    weights_sha256: str
    bytes: int
    pulled_at: str
    stamps: Mapping[str, Stamp]
    note: str = ""

    @property
    def contents(self) -> dict[str, str]:
        """Return the SHA-256 of every file that is read, by path."""
        return _contents(self.stamps)


def read(record: Path) -> Manifest | None:
    """Return a manifest, or None if it is missing or in another format."""
    try:
        value = json.loads(record.read_text(encoding="utf-8"))
        if value.pop("format") != FORMAT:
            return None
        stamps = {path: Stamp(*stamp) for path, stamp in value.pop("stamps").items()}
        folder = Path(value.pop("folder"))
        # The folder of a pulled one is relative to its manifest, so that the root can be moved.
        return Manifest(**value, folder=record.parent / folder, stamps=stamps)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write(record: Path, manifest: Manifest) -> None:
    """Write a manifest atomically, even if the machine crashes."""
    beside = manifest.folder == record.parent
    stamps = {path: list(stamp) for path, stamp in manifest.stamps.items()}
    value = {**manifest.__dict__, "folder": "." if beside else str(manifest.folder)}
    write_json(record, {"format": FORMAT, **value, "stamps": stamps})


def intact(record: Path, folder: Path) -> Manifest | None:
    """Return the manifest of a checkpoint if its files are unchanged, else None.

    This counts as a use of the checkpoint. Unchanged files are not read again.
    """
    manifest = read(record)
    if manifest is None or manifest.folder.resolve() != folder.resolve():
        return None
    stamps = stamp_files(folder, known=manifest.stamps)
    if _contents(stamps) != manifest.contents:
        return None
    with suppress(OSError):  # a read-only root can still be used
        if stamps != manifest.stamps:
            write(record, replace(manifest, stamps=stamps))
        os.utime(record)
    return manifest


def in_place_record(root: Path, folder: Path) -> Path:
    """Return the path of the manifest of a folder used in place."""
    key = hashlib.sha256(str(folder).encode()).hexdigest()[:32]
    return root / "in-place" / f"{key}.json"


def settle(
    folder: Path,
    record: Path,
    source: Source,
    *,
    resolved: str | None = None,
    note: str = "",
    progress: Progress | None = None,
) -> Manifest:
    """Verify a checkpoint, unless that was done before, and write its manifest.

    Raises:
        CheckpointError: The checkpoint cannot be used; no manifest is then written.
    """
    if (known := intact(record, folder)) is not None:
        return known
    record.unlink(missing_ok=True)
    size = sum(file.stat().st_size for file in needed_files(folder)) if folder.is_dir() else 0
    advance = counting(progress, "check", 2 * size)
    verify(folder, advance=advance)
    stamps = stamp_files(folder, advance=advance)
    if progress is not None:
        progress("check", 2 * size, 2 * size)
    files = entries(stamps)
    manifest = Manifest(
        source=source.text,
        requested_revision=source.revision,
        resolved_revision=resolved,
        folder=folder,
        digest=digest_of(files),
        weights_sha256=weights_sha256_of(files) or "",
        bytes=sum(file.size for file in files),
        pulled_at=datetime.now(UTC).isoformat(timespec="seconds"),
        stamps=stamps,
        note=note,
    )
    write(record, manifest)
    return manifest


def _contents(stamps: Mapping[str, Stamp]) -> dict[str, str]:
    return {path: stamp.sha256 for path, stamp in stamps.items()}


class Unchanged:
    """Detect that a checkpoint changed on disk after it was pulled.

    A score belongs to the digest of what was pulled, so that a file that is replaced before or
    during an evaluation must fail it. Files whose size and times are the same are not read again.
    """

    def __init__(self, checkpoint: Checkpoint, *, root: Path) -> None:
        self._checkpoint = checkpoint
        folder = checkpoint.folder
        manifest = read(folder / NAME) or read(in_place_record(root, folder))
        self._stamps = manifest.stamps if manifest else {}
        self.validate()

    def validate(self) -> None:
        """Validate that the files are still those that were pulled.

        Raises:
            CheckpointError: They are not.
        """
        self._stamps = stamp_files(self._checkpoint.folder, known=self._stamps)
        if digest_of(entries(self._stamps)) != self._checkpoint.digest:
            raise CheckpointError(
                f"{self._checkpoint.folder} changed on disk since the plan run began, so that its"
                " scores would be of no one checkpoint: wait until it is completely written, and"
                " run again"
            )
