"""Digests remembered from one night to the next, so that unchanged files are not read again."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import flows.datasets
from evaluators.atomic import write_json
from evaluators.progress import Progress
from evaluators.task import PairTask
from flows.datasets.places import Place, locate

_FORMAT = 1
_SETTLED_NS = 2_000_000_000


class Summary(NamedTuple):
    """What is remembered of a split."""

    digest: str
    rows: int
    distinct: int
    repeated: int


def summary(
    task: PairTask,
    *,
    split: str | None = None,
    mirrors: Sequence[Path] = (),
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Summary:
    """Return digest, rows, distinct sentences and repeated pairs of a split.

    A file is the same while its path, size, modification and change times are; a hub revision is
    the same for good.  A cache that cannot be read is started anew, one that cannot be written
    is done without.

    Raises:
        DatasetError: As `flows.datasets.load`.
    """
    place = locate(task, split or task.split, mirrors)

    def read() -> Summary:
        data = flows.datasets.load(task, split=split, mirrors=mirrors, progress=progress)
        pairs = list(zip(data.first, data.second, strict=True))
        return Summary(
            digest=data.digest,
            rows=len(data),
            distinct=len({*data.first, *data.second}),
            repeated=len(pairs) - len(set(pairs)),
        )

    return remembered(cache, lambda: _key(task, place), read)


def remembered(
    cache: Path | None, key_now: Callable[[], str | None], read: Callable[[], Summary]
) -> Summary:
    """Return what is remembered under a key, else read and remember it.

    Args:
        cache: JSON file; None remembers nothing.
        key_now: Names the content as it now is; None where it cannot be told from another.
        read: Reads the content.
    """
    key = None if cache is None else key_now()
    known = _read(cache) if cache is not None else {}
    if key in known:
        return known[key]
    found = read()
    # The file may have been replaced while it was read: only what stayed the same is kept.
    if cache is not None and key is not None and key == key_now():
        with suppress(OSError):  # it is then read again the next time
            write_json(cache, {**_read(cache), key: found})
    return found


def file_identity(path: Path) -> list[str | int] | None:
    """Return what a file's content is told by; None while it may still change unseen."""
    stat = path.stat()
    # A clock tick may hide a second write, so a file is remembered once it has settled.
    if time.time_ns() - max(stat.st_mtime_ns, stat.st_ctime_ns) < _SETTLED_NS:
        return None
    return [str(path.resolve()), stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns]


def _key(task: PairTask, place: Place) -> str | None:
    reading = [_FORMAT, task.name, place.split, task.columns, task.subset_column, task.gold_range]
    if place.path is None:
        return json.dumps([task.hub_id, task.revision, task.config, *reading])
    identity = file_identity(place.path)
    return None if identity is None else json.dumps([*identity, *reading])


def _read(cache: Path) -> dict[str | None, Summary]:
    try:
        known = json.loads(cache.read_text(encoding="utf-8"))
        return {key: Summary(*values) for key, values in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
