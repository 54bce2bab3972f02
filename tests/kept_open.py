"""A store's file that stays open while tests fill it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from db import Store
from db.engines.file import FileEngine


@contextmanager
def kept_open(store: Store) -> Iterator[None]:
    """Keep the file of a store open for many transactions, in which nothing opens it to read.

    Opening the file, and writing its catalog anew when it is closed, take most of the tenth of a
    second that a recorded run costs. Connections of one process to one file share it.
    """
    if isinstance(store.engine, FileEngine):
        with duckdb.connect(store.place):
            yield
    else:
        yield
