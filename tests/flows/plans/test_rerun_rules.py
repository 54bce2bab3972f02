"""The rules of `rerun`, through the real command line."""

from __future__ import annotations

from collections.abc import Callable

from tests.flows.home import Home

NewHome = Callable[..., Home]


def test_never_runs_nothing_and_says_what_is_missing(new_home: NewHome) -> None:
    home = new_home()
    done = home.run("run", str(home.plan), "--rerun", "never")
    assert "0 of 4 jobs" in done.stderr
    assert "4 missing ones are skipped" in done.stderr
    assert home.rows("SELECT count(*) FROM runs") == [(0,)]


def test_always_repeats_and_supersedes_and_a_restored_store_repeats_again(
    new_home: NewHome,
) -> None:
    home = new_home()
    home.plan.write_text(
        home.plan.read_text("utf-8").replace("native, cls", "native").replace(", SampleZH", ""),
        "utf-8",
    )
    home.run("run", str(home.plan))
    copy = home.folder / "copy.duckdb"
    home.run("db", "backup", str(copy))
    again = home.run("run", str(home.plan), "--rerun", "always").stderr
    assert "1 evaluated" in again
    assert "ran again (always)" in again
    assert home.rows("SELECT count(*) FROM runs") == [(2,)]
    assert home.rows("SELECT count(*) FROM sts_scores") == [(1,)]
    # The repetition's result must not stand in for a repetition that the restored store asks for.
    home.run("db", "restore", str(copy))
    assert "1 evaluated" in home.run("run", str(home.plan), "--rerun", "always").stderr
    assert "0 to run, 1 done" in home.run("run", str(home.plan), "--dry-run").stdout
