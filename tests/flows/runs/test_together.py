"""Two runs of one plan at once: one store, no lost row, no duplicate, each job evaluated once."""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable

from tests.flows.home import Home

NewHome = Callable[..., Home]


def evaluated(text: str) -> int:
    match = re.search(r"(\d+) evaluated", text)
    return int(match[1]) if match else 0


def test_two_runs_at_once_share_the_work(new_home: NewHome) -> None:
    home = new_home()
    runs = [home.start("run", str(home.plan)) for _ in range(2)]
    ends = [run.communicate(timeout=280) for run in runs]
    assert [run.returncode for run in runs] == [0, 0], ends
    assert len(home.finished()) == 4
    assert sum(evaluated(err) for _, err in ends) == 4
    ids = {run_id for (run_id,) in home.rows("SELECT run_id FROM runs")}
    assert len(ids) == 4
    assert {path.name for path in (home.folder / "store.duckdb.tables").iterdir()} == ids


def test_kill_9_of_one_run_does_not_block_the_other(new_home: NewHome) -> None:
    home = new_home()
    # The first dies in the middle of its first group, holding that group's locks.
    doomed = home.start(
        *("inside-evaluate", "1", "--", "run", str(home.plan)),
        program="tests.flows.killable",
    )
    time.sleep(1)
    other = home.start("run", str(home.plan))
    doomed.communicate(timeout=280)
    assert doomed.returncode == -signal.SIGKILL
    _, err = other.communicate(timeout=280)
    assert other.returncode == 0, err
    assert len(home.finished()) == 4
    assert home.rows("SELECT count(*) FROM runs") == [(4,)]
