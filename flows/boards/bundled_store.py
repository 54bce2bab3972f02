"""A store of some bundled boards beside an empty one, so that the dashboard has something to show.

The dashboard only reads: it must not fill the store that it was asked to show. So the boards go
into a file of the user's cache, once for each version of the files, written by a process of its
own while the dashboard starts.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from filelock import FileLock, Timeout

from db import Store, open_store
from db.dictionary import derived_digest
from db.errors import StoreError
from db.new_file import replacing
from evaluators.digest import sha256_json
from flows.boards.facts import sources_digest
from flows.boards.leaderboards import store_leaderboards

BOARDS = ("superglue", "glue", "helm-lite", "mteb-eng-v2")
"""What is shown first; the largest boards would take a minute."""

SETTING = "RANKCHECK_BUNDLED_BOARDS"
"""Environment variable with the path, for the dashboard."""


def has_boards(store: Store) -> bool:
    """Return whether a store has a board; one that cannot be read says so by itself."""
    if not store.exists():
        return False
    try:
        with store.read() as connection:
            return bool(connection.exec_driver_sql("SELECT count(*) FROM current_boards").scalar())
    except StoreError:
        return True


def path_of() -> Path:
    """Return the file of the cache: another one for other boards, ranks, tables or views."""
    digest = sha256_json([BOARDS, sources_digest(), derived_digest()])
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "rankcheck" / f"boards-{digest[:12]}.duckdb"


def start() -> Path:
    """Return the file, and begin to write it in a process of its own where it is not there."""
    path = path_of()
    if not path.exists():
        subprocess.Popen(
            [sys.executable, "-m", __name__],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    return path


def write(path: Path, names: tuple[str, ...] = BOARDS) -> None:
    """Write the boards and their ranks; the file is there once it is whole.

    If another process is writing it, nothing is done: a dashboard and an API start together, and
    each would take ten seconds of a processor.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(f"{path}.lock", blocking=False, fallback_to_soft=False)
    with suppress(Timeout), lock:
        if not path.exists():
            _write(path, names)


def _write(path: Path, names: tuple[str, ...]) -> None:
    with replacing(path, alone=True) as new:
        store_leaderboards(open_store(f"duckdb:///{new}"), list(names))
    for lock in path.parent.glob(f"{new.name}.*"):  # of a store that now has another name
        lock.unlink()


if __name__ == "__main__":
    write(path_of())
