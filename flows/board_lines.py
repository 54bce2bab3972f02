"""Files that others made, read within bounds: text, CSV, JSON, gzipped or not."""

from __future__ import annotations

import csv
import gzip
import io
import json
import zlib
from pathlib import Path
from typing import Any

from flows.errors import LeaderboardError

LIMIT = 256 * 2**20
"""Largest file that is read, in bytes after unpacking; no leaderboard comes near it."""


def read_bytes(path: Path, *, limit: int = LIMIT) -> bytes:
    """Return a file's content, unpacked where its name ends in `.gz`.

    Raises:
        LeaderboardError: If it cannot be read, is an archive, or is larger than the limit.
    """
    name = path.name.lower()
    if name.endswith((".zip", ".tar", ".tar.gz", ".tgz", ".7z", ".rar")):
        raise LeaderboardError(f"{path} is an archive: unpack it, and import the file or folder")
    try:
        with gzip.open(path) if name.endswith(".gz") else path.open("rb") as file:
            content = file.read(limit + 1)
    except (OSError, EOFError, zlib.error) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise LeaderboardError(f"{path} cannot be read: {reason}") from error
    if len(content) > limit:
        raise LeaderboardError(
            f"{path} holds more than {limit / 2**20:g} MiB: no leaderboard is that large; cut it"
            " to the columns that hold scores"
        )
    return content


def read_lines(path: Path, delimiter: str) -> list[list[str]]:
    """Return the cells of a CSV file by line: UTF-8 with or without BOM, any line ends.

    Raises:
        LeaderboardError: If it cannot be read as that.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
        return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise LeaderboardError(f"{path} cannot be read as UTF-8 CSV: {error}") from error


def read_json(path: Path) -> dict[str, Any]:
    """Return a JSON file that holds an object; NaN in it stays NaN.

    Raises:
        LeaderboardError: If it cannot be read as that.
    """
    try:
        found = json.loads(read_bytes(path).decode("utf-8-sig"))
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise LeaderboardError(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(found, dict):
        raise LeaderboardError(f"{path} holds no JSON object")
    return found
