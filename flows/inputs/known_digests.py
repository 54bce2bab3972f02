"""Cache digests between plan runs, so that unchanged files are not read again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from evaluators.atomic import write_json

_SETTLED_NS = 2_000_000_000


class Summary(NamedTuple):
    """The cached facts about a split."""

    digest: str
    rows: int
    distinct: int
    repeated: int


def remembered(
    cache: Path | None, key_now: Callable[[], str | None], read: Callable[[], Summary]
) -> Summary:
    """Return the cached value of a key, else compute and cache it.

    Args:
        cache: JSON file; None remembers nothing.
        key_now: Returns the key of the current content; None if it cannot be identified.
        read: Reads the content.
    """
    key = None if cache is None else key_now()
    known = _read(cache) if cache is not None else {}
    if key in known:
        return known[key]
    summary = read()
    # The file may have been replaced while it was read: cache only if it stayed the same.
    if cache is not None and key is not None and key == key_now():
        with suppress(OSError):  # the file is then read again the next time
            write_json(cache, {**_read(cache), key: summary})
    return summary


def file_identity(path: Path) -> list[str | int] | None:
    """Return the identity of a file's content; None if it changed just now."""
    stat = path.stat()
    # A clock tick may hide a second write, so a file is remembered once it has settled.
    if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) < _SETTLED_NS:
        return None
    return [str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _read(cache: Path) -> dict[str | None, Summary]:
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
        return {key: Summary(*values) for key, values in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
