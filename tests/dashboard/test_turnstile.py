"""Busy pages stand in no writer's way: fifty commits beside four of them."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from db import finished, open_store
from db.record import record
from tests.db.sample_rows import CURVES, SCORES, make_run
from tests.warm import Warm

# Reads as a page does: one look for each question, kept until the store changes.
PAGE = """
import logging, os, sys, time
logging.disable(logging.CRITICAL)
from dashboard.queries import boards, claims, home, overview, runs, schema, sts, tiles
from dashboard import reading
from dashboard.reading import read
reading.WAIT = 60.0  # a person's patience; how long a turn takes on a busy machine is not tested
screens = {
    "home": [(overview.nights,), (overview.moved,), (claims.standing,),
        (tiles.boards,), (home.trust,)],
    "leaderboards": [(boards.boards,), (boards.board, "superglue", "2022-01"),
        (boards.board, "glue", "2021"), (boards.board, "mteb-classic-en", "2025-02")],
    "runs": [(runs.choices,), (runs.log,)],
    "sql and sts": [(schema.dictionary,), (sts.scores,), (sts.published,)],
}
stop, questions = sys.argv[1], screens[sys.argv[2]]
shown = 0
print("open", flush=True)
while not os.path.exists(stop):
    for question, *given in questions:
        read(question, *given)
    shown += 1
    time.sleep(0.2)
print(shown)
"""


def test_four_busy_pages_hold_up_no_commit(full: str, warm: Warm, tmp_path: Path) -> None:
    file = tmp_path / "store.duckdb"
    shutil.copy(full.removeprefix("duckdb:///"), file)
    url, stop = f"duckdb:///{file}", tmp_path / "stop"
    store = open_store(url)
    settings = {**warm.environment, "RANKCHECK_STORE": url}
    screens = ("home", "leaderboards", "runs", "sql and sts")
    pages = [warm.start("-c", [PAGE, str(stop), screen], settings) for screen in screens]
    try:
        for process in pages:
            assert process.stdout.readline() == "open\n"
        waits = []
        for i in range(50):
            begun = time.monotonic()
            assert record(store, make_run(f"commit-{i}"), SCORES, CURVES)
            waits.append(time.monotonic() - begun)
        stop.touch()
        said = [process.communicate(timeout=100) for process in pages]
    finally:
        for process in pages:
            process.kill()
            process.communicate()
    assert [process.returncode for process in pages] == [0] * 4, said
    shown = [int(out.split()[-1]) for out, _ in said]
    print(
        f"\n50 commits beside 4 busy pages: longest wait {max(waits):.2f} s, median"
        f" {sorted(waits)[25]:.3f} s; the pages were shown {shown} times meanwhile"
    )
    assert len(finished(store, [f"commit-{i}" for i in range(50)])) == 50
    assert min(shown) > 0


@pytest.mark.slow
def test_dashboard_that_serves_four_people_holds_up_no_commit(full: str, tmp_path: Path) -> None:
    """The same with the real server and people who press reload as fast as they can."""
    pytest.importorskip("playwright")
    from tests.dashboard.served import BROWSER, browser, served

    if BROWSER is None:
        pytest.skip("no chromium here: apt-get install chromium")
    file = tmp_path / "store.duckdb"
    shutil.copy(full.removeprefix("duckdb:///"), file)
    store = open_store(f"duckdb:///{file}")
    with served(f"duckdb:///{file}", tmp_path / "log") as address, browser() as chromium:
        people = [chromium.new_page() for _ in range(4)]
        waits = []
        for i in range(50):
            people[i % 4].goto(f"{address}/{('', 'leaderboards', 'runs', 'sts')[i % 4]}")
            begun = time.monotonic()
            assert record(store, make_run(f"commit-{i}"), SCORES, CURVES)
            waits.append(time.monotonic() - begun)
    print(f"\n50 commits beside 4 people: longest {max(waits):.2f} s")
    assert len(finished(store, [f"commit-{i}" for i in range(50)])) == 50
