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
    query = "SELECT count(*), (SELECT count(*) FROM sts_scores) FROM night_reports"
    seen = []
    for said in ("2 evaluated", "Nothing to evaluate: all 2 jobs"):
        assert said in lake.run("run", str(home.plan)).stderr
        # Who has just written sees it, though a copy of the lake is not a minute old.
        seen.append(lake.run("sql", query, "--format", "csv").stdout.split()[-1])
    assert seen == ["1,2", "2,2"]
    assert "no problems" in lake.run("db", "check").stdout
