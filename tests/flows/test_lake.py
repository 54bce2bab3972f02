"""The same run on the other engine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from tests.flows.home import Home

NewHome = Callable[..., Home]


def test_a_plan_runs_on_a_ducklake_and_is_done_the_second_time(new_home: NewHome) -> None:
    home = new_home("a lake with a space")
    url = f"ducklake:sqlite:{home.folder / 'catalog.sqlite'}"
    lake = replace(home, environment={**home.environment, "RANKCHECK_STORE": url})
    home.plan.write_text(home.plan.read_text("utf-8").replace("native, cls", "native"), "utf-8")
    assert "2 evaluated" in lake.run("run", str(home.plan)).stderr
    assert "Nothing to evaluate: all 2 jobs" in lake.run("run", str(home.plan)).stderr
    asked = lake.run("sql", "SELECT count(*) AS n FROM sts_scores", "--format", "csv")
    assert asked.stdout.split() == ["n", "2"]
    assert "no problems" in lake.run("db", "check").stdout
