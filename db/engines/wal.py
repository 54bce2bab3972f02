"""Find damage in DuckDB's write-ahead log that DuckDB mistakes for its end.

A log begins with a head without a checksum, then follow entries: size, checksum, content. DuckDB
refuses an entry with a wrong checksum. But where the head is not one, or a size leads past the end
of the file, it believes that the last write was cut off, opens the store without what was
committed, and deletes the log. So those two are looked at here, before DuckDB opens the store.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from db.problems import corrupt_log

_HEAD = b"\x64\x00\x62\x65\x00"  # field 100, the kind: 98, WAL_VERSION; field 101, the version
_DATABASE = b"\x66\x00\x10"  # field 102, which database: 16 numbers; only in newer files
_CHECKPOINT = b"\x67\x00"  # field 103, which checkpoint
_END = b"\xff\xff"
_LONGEST_HEAD = 128

_VERSION = 2
"""Of logs with checksums. Encrypted ones have 3, and DuckDB refuses what it does not know."""

_ENTRY = b"\x64\x00"  # every entry begins with field 100, its kind

_COMMIT = bytes.fromhex("e7fe7d722fed3d5e 640064ffff")
"""Checksum and content of the entry that ends a transaction: always the same."""

_SMALLEST = 5
"""Bytes of the smallest entry, the one of a commit."""

# DuckDB puts an entry together in memory before it writes it, so that no entry is larger than a
# machine's memory. Of eight random bytes one in 16 million makes a size below this.
_LARGEST = 1 << 40


def logs_beside(store: Path) -> list[Path]:
    """Return the non-empty logs of a DuckDB file; they belong to no other file.

    The second holds what was committed during a checkpoint, the third joins the two.
    """
    found = []
    for suffix in (".wal", ".wal.checkpoint", ".wal.recovery"):
        log = store.with_name(store.name + suffix)
        try:
            if log.stat().st_size:
                found.append(log)
        except OSError:
            continue
    return found


def validate_log(store: Path, place: str) -> None:
    """Refuse a store whose write-ahead log DuckDB would silently discard.

    A log that was cut off while it was written is none of those: a kill does that.

    Raises:
        StoreError: Naming the log and what to do.
    """
    for log in logs_beside(store):
        if log.suffix != ".recovery" and _is_damaged(log):
            raise corrupt_log(place, log)


def _is_damaged(log: Path) -> bool:
    for _ in range(3):
        try:
            with log.open("rb") as file:
                before = os.fstat(file.fileno())
                damaged = _has_damage(file, before.st_size)
                after = log.stat()
        except FileNotFoundError:
            return False
        except OSError:
            return False  # DuckDB cannot read it either, and says why.
        # A client that passes no gate may be writing, so that we saw the half of a change.
        if not damaged or _state(before) == _state(after):
            return damaged
    return False


def _state(seen: os.stat_result) -> tuple[int, int, int]:
    return seen.st_ino, seen.st_size, seen.st_mtime_ns


def _has_damage(file: BinaryIO, size: int) -> bool:
    try:
        version, at = _read_head(file.read(_LONGEST_HEAD))
    except IndexError:  # The file ends within the head: nothing was committed yet.
        return False
    except ValueError:
        return True
    if version != _VERSION:
        return version < _VERSION
    while size - at >= 8:
        file.seek(at)
        length = int.from_bytes(file.read(8), "little")
        if not _SMALLEST <= length <= _LARGEST:
            return True
        if at + 16 + length > size:
            return _is_no_torn_entry(file, at)
        at += 16 + length
    return False


def _is_no_torn_entry(file: BinaryIO, at: int) -> bool:
    """Return whether the last entry is damaged rather than cut off by a kill.

    A log is written from front to back, so nothing follows an entry that was cut off. Where a
    commit does, the size is wrong.
    """
    file.seek(at + 8)
    block = file.read(1 << 20)
    if not _ENTRY.startswith(block[8 : 8 + len(_ENTRY)]):
        return True
    while block:
        if _COMMIT in block:
            return True
        more = file.read(1 << 20)
        block = block[1 - len(_COMMIT) :] + more if more else b""
    return False


def _read_head(data: bytes) -> tuple[int, int]:
    """Return the version of a log and the offset of its first entry.

    Raises:
        ValueError: It does not begin as a log does.
        IndexError: It does, and ends within its head.
    """
    version, at = _number(data, _expect(data, 0, _HEAD))
    if data[at] == _DATABASE[0]:
        at = _expect(data, at, _DATABASE)
        for _ in range(16):
            _, at = _number(data, at)
    if data[at] == _CHECKPOINT[0]:
        _, at = _number(data, _expect(data, at, _CHECKPOINT))
    return version, _expect(data, at, _END)


def _expect(data: bytes, at: int, wanted: bytes) -> int:
    for byte in wanted:
        if data[at] != byte:
            raise ValueError(f"byte {at} must be {byte}, got {data[at]}")
        at += 1
    return at


def _number(data: bytes, at: int) -> tuple[int, int]:
    """Read seven bits of each byte, the lowest first, until one without the eighth bit."""
    value = 0
    for shift in range(0, 70, 7):
        value |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            return value, at
    raise ValueError(f"the number before byte {at} must have 10 bytes at most")
