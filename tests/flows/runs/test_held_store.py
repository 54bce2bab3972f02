"""A foreign program holds the store's file: results wait on disk for the next run."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.flows.home import Home

pytestmark = pytest.mark.waits

NewHome = Callable[..., Home]


def test_results_wait_on_disk_and_the_next_run_records_them_without_evaluating(
    new_home: NewHome,
) -> None:
    home = new_home()
    arguments = (str(home.store), "--", "run", str(home.plan))
    held = home.run(*arguments, status=None, program="tests.flows.impatient")
    assert held.returncode != 0
    assert held.stderr.count("the result is kept, and the next run records it") == 4, held.stderr
    assert home.rows("SELECT count(*) FROM runs") == [(0,)]
    after = home.run("run", str(home.plan))
    assert "0 evaluated, 4 recovered from an earlier run" in after.stderr
    assert len(home.finished()) == 4
