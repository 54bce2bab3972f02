"""Eight writers and sixteen readers for a minute on each engine: every row is accounted for.

`RANKCHECK_CROWD_SECONDS` in the environment of the test sets another time.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from db.health import health
from db.store import Store
from tests.db.sample_rows import CURVES, SCORES
from tests.db.test_gate import end, said
from tests.warm import StartCode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200)]

SECONDS = float(os.environ.get("RANKCHECK_CROWD_SECONDS", "60"))
WRITERS, READERS = 8, 16

WRITER = """
import os, sys
from db import StoreBusy, open_store
from db.record import record
from tests.db.sample_rows import CURVES, SCORES, make_run
store, stop = open_store(sys.argv[1]), sys.argv[2]
wrote = busy = 0
while not os.path.exists(stop):
    try:
        assert record(store, make_run(f"{sys.argv[3]}-{wrote}"), SCORES, CURVES)
        wrote += 1
    except StoreBusy:
        busy += 1
print(wrote, busy)
"""

READER = """
import os, sys
from db import StoreBusy, open_store
store, stop = open_store(sys.argv[1]), sys.argv[2]
read = busy = most = 0
while not os.path.exists(stop):
    try:
        with store.read() as connection:
            scores, runs = connection.exec_driver_sql("SELECT count(*), count(DISTINCT r.run_id)"
                " FROM runs r JOIN scores USING (run_id)").one()
    except StoreBusy:
        busy += 1
        continue
    assert scores == int(sys.argv[3]) * runs, (scores, runs)  # never a part of a transaction
    assert runs >= most, "a committed run is gone"
    read, most = read + 1, runs
print(read, busy)
"""


def test_every_row_of_a_crowd_is_there_once(
    start_code: StartCode, every_store: Store, tmp_path: Path
) -> None:
    stop = tmp_path / "stop"
    every_store.close()
    shared = every_store.url, str(stop)
    writers = [start_code(WRITER, *shared, f"writer-{number}") for number in range(WRITERS)]
    readers = [start_code(READER, *shared, str(len(SCORES))) for _ in range(READERS)]
    try:
        time.sleep(SECONDS)
        stop.touch()
        wrote, read = (
            [[int(number) for number in said(each).split()] for each in group]
            for group in (writers, readers)
        )
    finally:
        end([*writers, *readers])
    found = health(every_store)
    acknowledged = sum(count for count, _ in wrote)
    print(f"\n{acknowledged} runs by {WRITERS} writers: {wrote} (runs, busy); reads: {read}")
    assert found.problems == ()
    assert found.rows["runs"] == acknowledged
    assert found.rows["scores"] == acknowledged * len(SCORES)
    assert found.rows["score_curves"] == acknowledged * len(CURVES)
    assert min(count for count, _ in wrote) > 0
    assert min(count for count, _ in read) > 0
