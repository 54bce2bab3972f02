"""Find damage in DuckDB's write-ahead log that DuckDB takes for its end.

A log begins with a head without a checksum, followed by entries: size, checksum, content. DuckDB
refuses an entry with a wrong checksum. But if the head is damaged, or a size leads past the end of
the file, it assumes that the last write was cut off, opens the store without the commits of the
log, and deletes the log. So these two cases are checked here, before DuckDB opens the store.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

from db.problems import corrupt_log

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


def validate_log(store: Path, place: str) -> None:
    """Validate that DuckDB would not silently discard a store's write-ahead log.

    A log that was cut off while it was written is valid: a kill causes that.

    Raises:
        StoreError: If a log is damaged; the message names it and the remedy.
    """
    for log in logs_beside(store):
        if log.suffix != ".recovery" and _is_damaged(log):
            raise corrupt_log(place, log)


def _is_damaged(log: Path) -> bool:
    for _ in range(3):
        try:
            with log.open("rb") as file:
                status_before = os.fstat(file.fileno())
                damaged = _has_damage(file, status_before.st_size)
                status_after = log.stat()
        except FileNotFoundError:
            return False
        except OSError:
            return False  # DuckDB cannot read it either, and reports why
        # A client that does not use the gate may be writing, so that we read half of a change.
        if not damaged or _state(status_before) == _state(status_after):
            return damaged
    return False


def _state(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _has_damage(file: BinaryIO, size: int) -> bool:
    try:
        version, offset = _read_head(file.read(_LONGEST_HEAD))
    except IndexError:  # the file ends within the head: nothing was committed yet
        return False
    except ValueError:
        return True
    if version != _VERSION:
        return version < _VERSION
    while size - offset >= 8:
        file.seek(offset)
        length = int.from_bytes(file.read(8), "little")
        if not _SMALLEST <= length <= _LARGEST:
            return True
        if offset + 16 + length > size:
            return _is_damaged_entry(file, offset)
        offset += 16 + length
    return False


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
