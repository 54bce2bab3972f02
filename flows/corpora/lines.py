"""The lines of a text file, plain or gzipped, with a bound on what it may unpack to."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path

from evaluators.errors import DatasetError

MOST_BYTES = 1 << 30
_CHUNK = 1 << 20


def read_lines(path: Path, most: int = MOST_BYTES) -> tuple[str, ...]:
    """Return the lines that are not blank, without the white space around them.

    Args:
        path: A `.txt` or a `.txt.gz` file.
        most: Largest number of bytes of text.

    Raises:
        DatasetError: The file cannot be read, is damaged, too large, not UTF-8, or blank.
    """
    try:
        raw = _bytes(path, most)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise DatasetError(f"{path} is truncated or no gzip ({error}): fetch it again") from error
    except OSError as error:
        raise DatasetError(f"{path} cannot be read: {error.strerror or error}") from error
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise DatasetError(f"{path}, line {line}: no UTF-8; convert it to UTF-8") from error
    lines = tuple(stripped for line in text.split("\n") if (stripped := line.strip()))
    if not lines:
        raise DatasetError(f"{path} holds no text: give a file with words in it")
    return lines


def _bytes(path: Path, most: int) -> bytes:
    chunks, size = [], 0
    with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            size += len(chunk)
            # A few packed kilobytes may unpack to any size, so it is bounded while unpacking.
            if size > most:
                raise DatasetError(
                    f"{path} holds more than {most:,} bytes of text: cut it into smaller files"
                )
            chunks.append(chunk)
    return b"".join(chunks)
