"""`rankcheck trajectory` and the view `trajectories`, on a board that was imported."""

import csv
import io
import json

import numpy as np
import pytest
from click.testing import CliRunner

from evaluators.names import UnknownNameError
from flows.boards.importing import import_board
from flows.commands.trajectory import command
from flows.errors import LeaderboardError
from flows.importers._draft import Asked

STEPS = [0, *(2**k for k in range(15))]


@pytest.fixture
def run(store, tmp_path, monkeypatch):
    """Import a board of two runs, of which one jumps on task t, and return how to ask."""
    rng = np.random.default_rng(0)
    noise = 0.01 * rng.standard_normal((2, len(STEPS), 2))
    lines = ["model,t,u"]
    for i, name in enumerate(("a", "b")):
        for j, step in enumerate(STEPS):
            t = 0.3 + noise[i, j, 0] + (0.4 if name == "a" and step >= 256 else 0)
            lines.append(f"{name}-step{step},{t:.4f},{0.3 + 0.02 * j + noise[i, j, 1]:.4f}")
    lines += ["a,0.9,0.9", "other,0.5,"]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines))
    monkeypatch.setenv("RANKCHECK_STORE", store.url)
    import_board(store, "csv", path, Asked("mine", "2026"))

    def ask(*arguments):
        return CliRunner().invoke(command, ["mine", *arguments], catch_exceptions=False)

    ask.store = store
    return ask


def test_curves_are_a_table_json_and_csv(run):
    content = json.loads(run("--format", "json", "--chance", "t=0.25").stdout)
    assert [each["run"] for each in content["runs"]] == ["a", "b"]
    assert content["runs"][0]["without_step"] == ["a"]
    curves = {(curve["run"], curve["task"]): curve for curve in content["curves"]}
    assert set(curves) == {(run, task) for run in "ab" for task in ("mean", "t", "u")}
    (jump,) = curves["a", "t"]["change_points"]
    assert (jump["before"], jump["after"]) == (128, 256)
    assert jump["size"] == pytest.approx(0.4, abs=0.03)
    assert curves["b", "t"]["change_points"] == curves["b", "u"]["change_points"] == []
    assert (curves["b", "t"]["trend"], curves["b", "u"]["trend"]) == ("none", "rises")
    assert curves["a", "t"]["steps"] == STEPS
    assert curves["a", "t"]["above_chance_from"] <= 256

    shown = run().stdout
    assert "a: change points" in shown
    assert "of a without a step, so part of no curve: a" in shown
    text = run("--run", "b", "--task", "u", "--format", "csv").stdout
    records = list(csv.DictReader(io.StringIO(text)))
    assert [(r["run"], r["task"], r["points"]) for r in records] == [("b", "u", "16")]


def test_selections_and_means_count(run):
    content = json.loads(run("--without", "t", "--task", "mean", "--format", "json").stdout)
    assert content["treatment"] == "per-task (without t)"
    harmonic = json.loads(run("--mean", "harmonic", "--task", "mean", "--format", "json").stdout)
    t, u = 0.3, 0.3
    first = harmonic["curves"][1]["scores"][0]
    assert first == pytest.approx(2 / (1 / t + 1 / u), abs=0.03)


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["--chance", "t"], "must be TASK=SCORE"),
        (["--chance", "t=nan"], "must be TASK=SCORE"),
        (["--chance", "x=1"], "unknown task 'x'"),
        (["--run", "c"], "unknown training run 'c'"),
    ],
)
def test_a_wrong_option_is_answered(run, arguments, problem):
    with pytest.raises((LeaderboardError, UnknownNameError), match=problem):
        run(*arguments)


def test_sql_has_the_curves(run):
    query = """
        SELECT trajectory, count(DISTINCT step), max(value), any_value(unit_max)
        FROM trajectories WHERE board = 'mine' AND column_name = 'u' GROUP BY ALL ORDER BY ALL
    """
    with run.store.read() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql(query)]
    assert [(row[0], row[1], row[3]) for row in rows] == [("a", 16, 1.0), ("b", 16, 1.0)]
    assert all(0.55 < row[2] < 0.65 for row in rows), "the row without a step has 0.9"
