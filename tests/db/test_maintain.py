"""Maintenance: many small commits become few files, and no row changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from db import Store, open_store
from db.health import health
from db.maintain import maintain
from db.record import record
from db.rows import ScoreRow
from tests.db.sample_rows import make_run

LATER = datetime.now(UTC) + timedelta(days=40)
ROWS = "SELECT hash(list(s ORDER BY s.run_id, s.metric, s.variant)) FROM scores AS s"


@pytest.fixture
def lake(lake_url: str) -> Iterator[Store]:
    store = open_store(lake_url)
    yield store
    store.close()


def rows(store: Store) -> object:
    with store.read() as connection:
        return connection.exec_driver_sql(ROWS).scalar_one()


def test_small_commits_are_merged_and_old_history_forgotten(lake: Store) -> None:
    for i in range(6):
        # More rows than DuckLake keeps in its catalog, so that each commit writes files.
        record(lake, make_run(f"job-{i}"), [ScoreRow("a", j, 9, {"k": j}) for j in range(30)])
    before = rows(lake)
    first = maintain(lake)
    assert first.before is not None
    assert first.after is not None
    assert first.after.files < first.before.files
    assert rows(lake) == before
    files = len(list(Path(lake.place).parent.rglob("*.parquet")))
    later = maintain(lake, now=LATER)
    assert later.after is not None
    assert later.after.snapshots < first.after.snapshots
    assert later.removed > 0
    assert len(list(Path(lake.place).parent.rglob("*.parquet"))) < files
    assert rows(lake) == before
    assert health(lake).problems == ()


def test_the_log_of_a_file_is_merged(file_store: Store) -> None:
    from tests.db.test_trouble import with_log

    log = with_log(file_store)
    assert maintain(file_store) == (None, None, 0)
    assert not log.exists()
