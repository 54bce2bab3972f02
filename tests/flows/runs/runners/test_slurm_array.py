"""Workers as jobs of submitit, which its local executor runs as Slurm would."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import psutil
import pytest

from tests.flows.home import Home
from tests.flows.runs.runners.workers import started_jobs, wait_for

NewHome = Callable[..., Home]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def workers_of(process: int) -> list[psutil.Process]:
    """Return the processes of submitit's jobs."""
    return [
        child
        for child in psutil.Process(process).children(recursive=True)
        if "submitit.core._submit" in child.cmdline()
    ]


@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGUSR2])
def test_each_job_is_evaluated_once_though_a_worker_is_killed_or_preempted(
    new_home: NewHome, sent: signal.Signals
) -> None:
    home = new_home()
    events = home.folder / "events.jsonl"
    home = Home(home.folder, {**home.environment, "RANKCHECK_LOG": str(events)})
    run = home.start("run", str(home.plan), "--runner", "slurm:2")
    wait_for(lambda: started_jobs(events), run)
    (first,) = {process for _, process in started_jobs(events)[:1]}
    assert first in {worker.pid for worker in workers_of(run.pid)}
    os.kill(first, sent)
    _, err = run.communicate(timeout=1500)
    assert run.returncode == 0, err
    assert "there is no Slurm here (srun): the workers run on this machine" in err
    assert len(home.finished()) == 4
    assert home.rows("SELECT count(*), count(DISTINCT night_id) FROM runs") == [(4, 1)]
    assert home.rows("SELECT count(*) FROM night_reports") == [(1,)]
    # A job that was preempted was started again and has finished; a dead one leaves its log.
    logs = list((home.folder / "slurm").glob("*_log.err"))
    assert len(logs) == (1 if sent == signal.SIGKILL else 0)
