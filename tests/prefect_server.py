"""One Prefect server for all workers of a test run: `python -m tests.prefect_server HOME`."""

from __future__ import annotations

import sqlite3
import sys
from contextlib import closing
from pathlib import Path

from flows.prefect_server import ensure_prefect_api
from tests.shared_process import serve

UNUSED = "unused.db"
"""In its folder: its database as it was before anyone used it."""


def start(home: Path) -> str:
    """Start it, keep a copy of its database, and return its URL."""
    url = ensure_prefect_api(home)
    with (
        closing(sqlite3.connect(home / "prefect.db")) as database,
        closing(sqlite3.connect(home / UNUSED)) as copy,
    ):
        database.backup(copy)
    return url


if __name__ == "__main__":
    place = Path(sys.argv[1])
    for _ in serve(place, lambda: start(place)):
        pass
