"""Read one member of a zip archive in memory, within limits; nothing is unpacked to disk.

Inspect compresses its logs with Zstandard, which `zipfile` knows from Python 3.14 on.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from typing import BinaryIO

import pyarrow as pa

from flows.errors import LeaderboardError

_ZSTANDARD = 93
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, _ZSTANDARD)
_DIRECTORY = 16 * 2**20  # bytes of the list of members, which `zipfile` reads as a whole
_END = struct.Struct("<4s4H2LH")
_LOCAL = struct.Struct("<4s5H3L2H")


def read_member(path: Path, name: str, place: str, *, limit: int) -> bytes:
    """Return the content of one member.

    Args:
        path: The archive.
        name: The member.
        place: What the archive is called in messages.
        limit: Most bytes of the member after unpacking.

    Raises:
        LeaderboardError: It is not such an archive, a member has a name that leads out of it, or
            the member is missing, broken, encrypted or too large.
    """
    try:
        with path.open("rb") as file:
            _check_directory(file, place)
            with zipfile.ZipFile(file) as archive:
                member = _find(archive, name, place)
                content = _unpack(file, member, limit)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError) as error:
        raise LeaderboardError(f"{place} cannot be read as a zip archive: {error}") from error
    if len(content) > limit:
        raise LeaderboardError(
            f"{place}: {name} contains more than {limit / 2**20:g} MiB; no header of a log is that"
            " large"
        )
    if zlib.crc32(content) != member.CRC:
        raise LeaderboardError(f"{place}: {name} is damaged (its checksum differs)")
    return content


def _check_directory(file: BinaryIO, place: str) -> None:
    """Validate the size of the list of members before it is read."""
    size = file.seek(0, io.SEEK_END)
    start = max(0, size - _END.size - 2**16)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise LeaderboardError(f"{place} is not a zip archive, as .eval files are")
    *_, directory, _, _ = _END.unpack_from(tail, at)
    large = tail[max(0, at - 20) : at].startswith(b"PK\x06\x07")  # sizes stand elsewhere
    if directory > _DIRECTORY or large:
        raise LeaderboardError(
            f"{place} lists too many members; a log of that size can be cut to its header with"
            " `inspect log dump --header-only FILE > FILE.json`"
        )
    file.seek(0)


def _find(archive: zipfile.ZipFile, name: str, place: str) -> zipfile.ZipInfo:
    members = archive.infolist()
    for member in members:
        parts = PurePosixPath(member.orig_filename.replace("\\", "/"))
        if parts.is_absolute() or ".." in parts.parts or "\0" in member.orig_filename:
            raise LeaderboardError(
                f"{place} has a member whose name leads out of it: {member.orig_filename[:80]!r}"
            )
    found = [member for member in members if member.filename == name]
    if len(found) != 1:
        count = "no" if not found else str(len(found))
        raise LeaderboardError(f"{place} has {count} {name}: the run did not end, or is no log")
    if found[0].flag_bits & 1 or found[0].compress_type not in _METHODS:
        raise LeaderboardError(f"{place}: {name} is encrypted, or compressed in an unknown way")
    return found[0]


def _unpack(file: BinaryIO, member: zipfile.ZipInfo, limit: int) -> bytes:
    """Return at most one byte more than the limit of a member."""
    file.seek(member.header_offset)
    signature, *_, name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
    if signature != b"PK\x03\x04":
        raise zipfile.BadZipFile("a member does not begin where the list says")
    file.seek(name + extra, io.SEEK_CUR)
    packed = file.read(min(member.compress_size, limit + 1))
    if member.compress_type == zipfile.ZIP_STORED:
        return packed
    if member.compress_type == zipfile.ZIP_DEFLATED:
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed, limit + 1)
    with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        return bytes(stream.read(limit + 1))
