from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.flows.home import Home

NewHome = Callable[..., Home]

BAD = {
    "no such command": (["rnu"], "did you mean 'run'"),
    "no such plan": (["run", "plans/nighly.yaml"], "quickstart.yaml"),
    "no such board": (["rank", "superglu"], "did you mean 'superglue'"),
    "no such snapshot": (["rank", "superglue", "--snapshot", "1999"], "2021"),
    "no such treatment": (["rank", "superglue", "--treatment", "per-tsk"], "per-task"),
    "two means": (["rank", "superglue", "--mean", "harmonic", "--p", "2"], "give one"),
    "p is no number": (["rank", "superglue", "--p", "two"], "not a valid float"),
    "no such rerun": (["run", "--rerun", "sometimes"], "missing"),
    "a table that is not there": (["sql", "SELECT * FROM sts_score"], "sts_scores"),
    "a write": (["sql", "DELETE FROM runs"], "only queries"),
    "prune without a limit": (["checkpoints", "prune"], "--keep-days"),
    "no such scheme": (["checkpoints", "pull", "ftpp://x/y"], "ftpp"),
    "no such task": (["datasets", "list", "STS21"], "did you mean 'STS16'?"),
    "restore from nowhere": (["db", "restore", "nowhere.duckdb"], "nowhere.duckdb"),
}


@pytest.mark.parametrize(("arguments", "says"), BAD.values(), ids=BAD.keys())
def test_bad_input_ends_with_status_2_and_one_sentence(
    new_home: NewHome, arguments: list[str], says: str
) -> None:
    done = new_home().run(*arguments, status=2)
    assert says in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_an_interrupted_run_keeps_what_was_finished_and_says_so(new_home: NewHome) -> None:
    import signal
    import time

    home = new_home()
    run = home.start("run", str(home.plan))
    results = home.folder / "store.duckdb.results"
    deadline = time.monotonic() + 120
    while not list(results.glob("*.json")) and time.monotonic() < deadline:
        time.sleep(0.02)
    run.send_signal(signal.SIGINT)
    _, err = run.communicate(timeout=120)
    assert "Traceback" not in err, err
    assert run.returncode in (0, 130), err  # 0 where it was done before the signal arrived
    home.run("run", str(home.plan))
    assert len(home.finished()) == 4


def test_machine_formats_are_alone_on_standard_output(new_home: NewHome) -> None:
    home = new_home()
    ranked = home.run("rank", "superglue", "--p", "0", "--format", "json")
    assert json.loads(ranked.stdout)["treatment"] == "per-task"
    asked = home.run("sql", "SELECT 1 AS one, 'a|b' AS two", "--format", "json")
    assert json.loads(asked.stdout) == [{"one": 1, "two": "a|b"}]


def test_a_cut_answer_is_said_aloud(new_home: NewHome) -> None:
    done = new_home().run("sql", "SELECT * FROM range(50)", "--max-rows", "3", "--format", "csv")
    assert len(done.stdout.splitlines()) == 4
    assert "cut at 3 rows" in done.stderr


def test_a_spreadsheet_takes_no_cell_for_a_formula(new_home: NewHome) -> None:
    done = new_home().run("sql", "SELECT '=1+1' AS x, -1 AS y", "--format", "csv")
    assert done.stdout.splitlines()[1] == "'=1+1,-1"


def test_a_terminal_takes_no_cell_for_a_command(new_home: NewHome) -> None:
    done = new_home().run("sql", "SELECT chr(27) || '[31mred' AS x")
    assert "\x1b" not in done.stdout


def test_check_backup_and_restore(new_home: NewHome) -> None:
    home = new_home()
    assert "no problems" in home.run("db", "check").stdout
    copy = home.folder / "copy.duckdb"
    home.run("db", "backup", str(copy))
    home.store.write_bytes(b"not a database")
    broken = home.run("db", "check", status=2)
    assert "restore" in broken.stderr
    home.run("db", "restore", str(copy))
    assert "no problems" in home.run("db", "check").stdout
    assert home.run("doctor").returncode == 0
