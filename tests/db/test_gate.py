"""Readers and writers in processes of their own, ours and foreign ones, killed ones too."""

from __future__ import annotations

import os
import re
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from db import StoreBusy, StoreError, finished, open_store
from db.health import health
from db.record import record
from db.store import Store
from tests.db.sample_rows import CURVES, SCORES, make_run
from tests.warm import StartCode, Started

pytestmark = pytest.mark.waits

READER = """
import sys, time
from db import open_store
store, stop = open_store(sys.argv[1]), sys.argv[2]
import os
n = 0
while not os.path.exists(stop):
    with store.read() as connection:
        rows = connection.exec_driver_sql("SELECT count(*), count(DISTINCT r.run_id) FROM runs r"
            " JOIN scores USING (run_id)").one()
    assert rows[0] == 5 * rows[1], rows  # never a part of a transaction
    n += 1
    time.sleep(float(sys.argv[3]))
print(n)
"""

WRITER = """
import sys
from db import open_store
from db.record import record
from tests.db.sample_rows import CURVES, SCORES, make_run
store = open_store(sys.argv[1])
for i in range(int(sys.argv[3])):
    print(record(store, make_run(sys.argv[2].format(i)), SCORES, CURVES), flush=True)
"""

# A client that passes no gate, as a notebook or DuckDB's own shell.
FOREIGN = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1], read_only=sys.argv[2] == "reader")
print("open", flush=True)
time.sleep(float(sys.argv[3]))
"""


def said(process: Started) -> str:
    output, _ = process.communicate(timeout=200)
    assert process.returncode == 0
    return output


def foreign(start_code: StartCode, store: Store, kind: str, seconds: float) -> Started:
    process = start_code(FOREIGN, store.place, kind, str(seconds))
    assert process.stdout.readline() == "open\n"
    return process


def on_postgres(store: Store) -> bool:
    return store.url.startswith("ducklake:postgres:")


def end(processes: Sequence[Started]) -> None:
    for process in processes:
        process.kill()
        process.communicate()


@pytest.mark.parametrize(("pause", "commits"), [("0.05", 50), ("0", 20)])
def test_four_polling_readers_do_not_starve_a_writer(
    start_code: StartCode, file_store: Store, tmp_path: Path, pause: str, commits: int
) -> None:
    stop = tmp_path / "stop"
    readers = [start_code(READER, file_store.url, str(stop), pause) for _ in range(4)]
    try:
        waits = []
        for i in range(commits):
            begun = time.monotonic()
            assert record(file_store, make_run(f"job-{i}"), SCORES, CURVES)
            waits.append(time.monotonic() - begun)
        stop.touch()
        reads = [int(said(reader)) for reader in readers]
    finally:
        end(readers)
    print(
        f"\n{commits} commits beside 4 readers (pause {pause} s): longest {max(waits):.2f} s, "
        f"median {sorted(waits)[commits // 2]:.2f} s; reads {reads}"
    )
    assert len(finished(file_store, [f"job-{i}" for i in range(commits)])) == commits
    assert min(reads) > 0


def test_two_writing_processes_lose_and_double_nothing(
    start_code: StartCode, every_store: Store
) -> None:
    every_store.close()
    writers = [start_code(WRITER, every_store.url, name + "-{}", "12") for name in ("a", "b")]
    assert [said(writer).split() for writer in writers] == [["True"] * 12] * 2
    jobs = [f"{name}-{i}" for name in ("a", "b") for i in range(12)]
    assert set(finished(every_store, jobs)) == set(jobs)
    assert health(every_store).rows["scores"] == 24 * len(SCORES)
    assert health(every_store).problems == ()


def test_two_processes_that_race_for_the_same_jobs_write_each_once(
    start_code: StartCode, every_store: Store
) -> None:
    every_store.close()
    writers = [start_code(WRITER, every_store.url, "job-{}", "12") for _ in range(2)]
    wrote = [said(writer).split() for writer in writers]
    by_job = [sorted(pair) for pair in zip(*wrote, strict=True)]
    report = health(every_store)
    assert report.problems == ()
    # Several machines hold no common lock: there both may land, and every view counts one.
    both = by_job.count(["True", "True"]) if on_postgres(every_store) else 0
    assert by_job.count(["False", "True"]) == 12 - both
    assert report.rows["runs"] == 12 + both
    assert any("finished twice at once" in note for note in report.notes) == (both > 0)
    with every_store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM current_runs").scalar_one() == 12


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_a_foreign_client_is_waited_for_and_then_named(
    start_code: StartCode, file_store: Store, kind: str
) -> None:
    holder = foreign(start_code, file_store, kind, 60)
    try:
        with pytest.raises(StoreBusy, match=rf"process {holder.pid}\b"), file_store.write(wait=0.3):
            pass
        if kind == "writer":
            with pytest.raises(StoreBusy, match=str(holder.pid)), file_store.read(wait=0.3):
                pass
    finally:
        end([holder])
    assert record(file_store, make_run(), SCORES)


def test_a_foreign_client_that_leaves_in_time_is_only_waited_for(
    start_code: StartCode, file_store: Store
) -> None:
    holder = foreign(start_code, file_store, "writer", 1.0)
    assert record(file_store, make_run(), SCORES)
    end([holder])


def test_a_writer_of_ours_is_named_to_those_who_wait(
    start_code: StartCode, file_store: Store
) -> None:
    code = """
import sys, time
from db import open_store
with open_store(sys.argv[1]).write() as connection:
    print("open", flush=True)
    time.sleep(60)
"""
    holder = start_code(code, file_store.url)
    try:
        holder.stdout.readline()
        with pytest.raises(StoreBusy, match=f"process {holder.pid} is writing"):
            file_store.read(wait=0.2).__enter__()
        with pytest.raises(StoreBusy, match=f"process {holder.pid} is writing"):
            file_store.write(wait=0.2).__enter__()
        holder.send_signal(signal.SIGSTOP)
        resume = rf"process {holder.pid} \(it is stopped: `kill -CONT {holder.pid}` resumes it\)"
        with pytest.raises(StoreBusy, match=resume):
            file_store.write(wait=0.2).__enter__()
    finally:
        end([holder])
    with file_store.read():
        pass  # kill -9 let go of the gate.


def test_reading_inside_a_write_is_refused_and_does_not_hang(file_store: Store) -> None:
    with file_store.write(), pytest.raises(StoreError, match="this thread"):
        file_store.read().__enter__()
    with file_store.read():
        pass


def test_writing_while_this_process_reads_says_so(file_store: Store) -> None:
    with file_store.read(), pytest.raises(StoreBusy, match="this process has it open"):
        file_store.write(wait=0.2).__enter__()


def test_a_notebook_with_a_plain_connection_can_read_through_us_too(file_store: Store) -> None:
    import duckdb

    with duckdb.connect(file_store.place, read_only=True) as plain, file_store.read() as ours:
        views = "SELECT count(*) FROM sts_scores"
        assert plain.execute(views).fetchone() == tuple(ours.exec_driver_sql(views).one())


def test_kill_9_at_random_moments_loses_no_acknowledged_run(
    start_code: StartCode, every_store: Store
) -> None:
    """Whole transactions only; what was acknowledged stays; the next writer goes on."""
    every_store.close()
    acknowledged = 0
    tries = 6 if every_store.engine.retries else 12  # A lake takes seconds to open.
    for attempt in range(tries):
        writer = start_code(WRITER, every_store.url, f"{attempt}-{{}}", "1000")
        for _ in range(attempt % 3 + 1):
            assert writer.stdout.readline() == "True\n"
            acknowledged += 1
        time.sleep(0.017 * (attempt % 7))
        os.kill(writer.pid, signal.SIGKILL)
        rest, _ = writer.communicate()
        acknowledged += len(re.findall("True\n", rest))
    report = health(every_store)
    assert report.problems == ()
    assert acknowledged <= report.rows["runs"] <= acknowledged + tries
    assert report.rows["scores"] == report.rows["runs"] * len(SCORES)
    assert report.rows["score_curves"] == report.rows["runs"] * len(CURVES)


def test_kill_9_while_a_store_is_made_leaves_none_or_a_whole_one(
    start_code: StartCode, absent_store: Store
) -> None:
    code = (
        "import sys; from db import open_store; print(1, flush=True); "
        "open_store(sys.argv[1]).upgrade()"
    )
    for attempt in range(6):
        maker = start_code(code, absent_store.url)
        maker.stdout.readline()
        time.sleep(0.2 + 0.17 * attempt)
        os.kill(maker.pid, signal.SIGKILL)
        maker.communicate()
    assert record(absent_store, make_run(), SCORES)
    assert health(absent_store).problems == ()


def test_a_missing_folder_is_made_and_a_relative_path_counts_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    store = open_store("duckdb:///var/deep/store.duckdb")
    assert store.upgrade()
    monkeypatch.chdir("/")
    assert (tmp_path / "var/deep/store.duckdb").exists()
    assert not store.upgrade()
