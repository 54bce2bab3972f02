"""Find damage in DuckDB's write-ahead log that DuckDB takes for its end.

A log begins with a head without a checksum, followed by entries: size, checksum, content. DuckDB
refuses an entry with a wrong checksum. But if the head is damaged, or a size leads past the end of
the file, it assumes that the last write was cut off, opens the store without the commits of the
log, and deletes the log. So these two cases are checked here, before DuckDB opens the store.

A log that ends within a write is read up to its last commit. A killed writer leaves such a log, but
so does a damaged disk, and the two cannot be told apart. So it is reported, and copied before a
writer merges and deletes it.
"""

from __future__ import annotations

import glob
import os
import shutil
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, NamedTuple

from db import event_log
from db.disk import cannot_write
from db.errors import StoreError
from db.problems import RESTORE, corrupt_log

_HEAD = b"\x64\x00\x62\x65\x00"  # field 100, kind: 98, WAL_VERSION; field 101: the version
_DATABASE = b"\x66\x00\x10"  # field 102, database id: 16 numbers; only in newer files
_CHECKPOINT = b"\x67\x00"  # field 103, checkpoint number
_END = b"\xff\xff"
_LONGEST_HEAD = 128

_VERSION = 2
"""Version of logs with checksums. Encrypted ones have 3; DuckDB refuses unknown versions."""

_ENTRY = b"\x64\x00"  # every entry begins with field 100, its kind

_COMMIT = bytes.fromhex("e7fe7d722fed3d5e 640064ffff")
"""Checksum and content of the entry that ends a transaction, which are constant."""

_SMALLEST = 5
"""Bytes of the smallest entry, the one of a commit."""

# DuckDB builds an entry in memory before it writes it, so that no entry is larger than a machine's
# memory. Eight random bytes are a size below this with a probability of one in 16 million.
_LARGEST = 1 << 40

_KEPT = ".kept-"


def logs_beside(store: Path) -> list[Path]:
    """Return the non-empty logs of a DuckDB file, which belong to no other file.

    The second holds the commits during a checkpoint, and the third joins the first two.
    """
    logs = []
    for suffix in (".wal", ".wal.checkpoint", ".wal.recovery"):
        log = store.with_name(store.name + suffix)
        try:
            if log.stat().st_size:
                logs.append(log)
        except OSError:
            continue
    return logs


class Log(NamedTuple):
    """What a write-ahead log holds.

    Attributes:
        path: The log.
        size: Its bytes.
        committed: Bytes up to the end of its last commit.
        commits: Commits among them.
        damaged: Whether DuckDB would take damage for the end of the log.
    """

    path: Path
    size: int
    committed: int
    commits: int
    damaged: bool

    @property
    def is_cut_off(self) -> bool:
        """Return whether the log ends within a write."""
        return not self.damaged and self.committed < self.size

    def sentence(self) -> str:
        """Say what is read of a log that is cut off, and what may be lost."""
        return (
            f"the write-ahead log {self.path} ends within a write: its first {self.commits} commits"
            f" are read, its last {self.size - self.committed:,} of {self.size:,} bytes are not. A"
            " killed writer leaves such a log, and then nothing is lost that was reported as"
            " stored. If rows are missing, the log was cut off later:"
            f" {RESTORE}"
        )


def validate_log(store: Path, place: str) -> list[Log]:
    """Validate that DuckDB would not silently discard a store's write-ahead log.

    Returns:
        The logs that end within a write, as a kill leaves them; they are read up to their last
        commit.

    Raises:
        StoreError: If a log is damaged; the message names it and the remedy.
    """
    logs = [
        log for path in logs_beside(store) if path.suffix != ".recovery" and (log := read(path))
    ]
    for log in logs:
        if log.damaged:
            raise corrupt_log(place, log.path, log.commits, log.committed)
    return [log for log in logs if log.is_cut_off]


def copies(store: Path) -> list[Path]:
    """Return the copies that `keep` made of a store's logs."""
    return sorted(store.parent.glob(f"{glob.escape(store.name)}.wal*{_KEPT}*"))


def copy_sentence(copy: Path) -> str:
    """Say why a copy of a log was kept, and how long it is of use."""
    return (
        f"{copy} is a copy of a write-ahead log that ended within a write, before it was merged:"
        f" delete it if no rows are missing, otherwise {RESTORE}"
    )


def keep(log: Log) -> Path:
    """Copy a log that ends within a write, because the next writer merges and deletes it.

    Raises:
        StoreError: The copy cannot be written.
    """
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    target = log.path.with_name(f"{log.path.name}{_KEPT}{moment}")
    try:
        shutil.copyfile(log.path, target)
    except OSError as error:
        target.unlink(missing_ok=True)
        raise StoreError(
            f"{log.sentence()}. It cannot be copied before it is merged, and was left alone:"
            f" {cannot_write(error, [target.parent]) or error.strerror}"
        ) from error
    return target


_reported: set[tuple[Path, int]] = set()


def report(log: Log, copy: Path | None = None) -> None:
    """Print once per process that a log ends within a write, and where its copy is."""
    if copy is None and (log.path, log.size) in _reported:
        return
    _reported.add((log.path, log.size))
    kept = f" A copy of the log is kept as {copy}" if copy else ""
    print(f"note: {log.sentence()}.{kept}", file=sys.stderr)
    event_log.note("log_cut_off", log=str(log.path), commits=log.commits, copy=str(copy or ""))


def read(path: Path) -> Log | None:
    """Read a log; None if it cannot be read, which DuckDB reports."""
    log = None
    for _ in range(3):
        try:
            with path.open("rb") as file:
                status_before = os.fstat(file.fileno())
                log = _scan(path, file, status_before.st_size)
                status_after = path.stat()
        except OSError:
            return None
        # A client that does not use the gate may be writing, so that we read half of a change.
        if log.committed == log.size or _state(status_before) == _state(status_after):
            return log
    return None


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _scan(path: Path, file: BinaryIO, size: int) -> Log:
    try:
        version, offset = _read_head(file.read(_LONGEST_HEAD))
    except IndexError:  # the file ends within the head: nothing was committed yet
        return Log(path, size, 0, 0, damaged=False)
    except ValueError:
        return Log(path, size, 0, 0, damaged=True)
    if version > _VERSION:  # DuckDB refuses it, and never deletes it
        return Log(path, size, size, 0, damaged=False)
    committed, commits = offset, 0
    damaged = version < _VERSION
    while size - offset >= 8 and not damaged:
        file.seek(offset)
        start = file.read(8 + len(_COMMIT))
        length = int.from_bytes(start[:8], "little")
        if not _SMALLEST <= length <= _LARGEST:
            damaged = True
        elif offset + 16 + length > size:
            damaged = _is_damaged_entry(file, offset)
            break
        else:
            offset += 16 + length
            if start[8:] == _COMMIT:
                committed, commits = offset, commits + 1
    return Log(path, size, committed, commits, damaged)


def _is_damaged_entry(file: BinaryIO, offset: int) -> bool:
    """Return whether the last entry is damaged rather than cut off by a kill.

    A log is written from front to back, so nothing follows an entry that was cut off. If a commit
    follows, the size is wrong.
    """
    file.seek(offset + 8)
    block = file.read(1 << 20)
    if not _ENTRY.startswith(block[8 : 8 + len(_ENTRY)]):
        return True
    while block:
        if _COMMIT in block:
            return True
        following = file.read(1 << 20)
        block = block[1 - len(_COMMIT) :] + following if following else b""
    return False


def _read_head(data: bytes) -> tuple[int, int]:
    """Return the version of a log and the offset of its first entry.

    Raises:
        ValueError: It does not begin like a log.
        IndexError: It begins like a log, but ends within its head.
    """
    version, offset = _number(data, _expect(data, 0, _HEAD))
    if data[offset] == _DATABASE[0]:
        offset = _expect(data, offset, _DATABASE)
        for _ in range(16):
            _, offset = _number(data, offset)
    if data[offset] == _CHECKPOINT[0]:
        _, offset = _number(data, _expect(data, offset, _CHECKPOINT))
    return version, _expect(data, offset, _END)


def _expect(data: bytes, offset: int, expected: bytes) -> int:
    for byte in expected:
        if data[offset] != byte:
            raise ValueError(f"byte {offset} must be {byte}, got {data[offset]}")
        offset += 1
    return offset


def _number(data: bytes, offset: int) -> tuple[int, int]:
    """Read a number of 7 bits per byte, lowest first; its last byte is below 128."""
    value = 0
    for shift in range(0, 70, 7):
        value |= (data[offset] & 0x7F) << shift
        offset += 1
        if data[offset - 1] < 0x80:
            return value, offset
    raise ValueError(f"the number before byte {offset} must have 10 bytes at most")
