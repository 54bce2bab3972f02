"""Submission files from the command line."""

from __future__ import annotations

import json

from click.testing import CliRunner
from pyarrow import Table, parquet

from flows.commands.submission import command

ROWS = [{"sentence1": "怎么还", "sentence2": "如何还", "label": -1, "idx": n} for n in range(3)]


def run(monkeypatch, tmp_path, *arguments: str):
    """Run `rankcheck submission` over a mirror of three hidden rows."""
    path = tmp_path / "clue" / "clue" / "afqmc" / "test.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(Table.from_pylist(ROWS), path)
    monkeypatch.setenv("RANKCHECK_DATA", str(tmp_path))
    return CliRunner().invoke(command, arguments, catch_exceptions=False)


def test_a_file_that_can_be_handed_in_is_told_so(tmp_path, monkeypatch) -> None:
    file = tmp_path / "afqmc_predict.json"
    lines = [json.dumps({"id": n, "label": "0"}) for n in range(3)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = run(monkeypatch, tmp_path, "check", str(file))
    assert result.exit_code == 0
    assert "checked as afqmc against afqmc/test: can be submitted" in result.stdout


def test_everything_that_is_wrong_is_told_and_the_status_is_1(tmp_path, monkeypatch) -> None:
    file = tmp_path / "mine.json"
    file.write_text('{"id": 0, "label": "2"}\n{"id": 7, "label": "1"}\n', encoding="utf-8")
    result = run(monkeypatch, tmp_path, "check", str(file), "--task", "afqmc")
    assert result.exit_code == 1
    assert "line 1: the label '2' is none of afqmc's" in result.stderr
    assert "line 2: the split has no id '7'" in result.stderr
    assert "2 of 3 ids have no answer" in result.stderr
    assert "3 problems" in result.stdout


def test_what_could_not_be_compared_is_said(tmp_path, monkeypatch) -> None:
    file = tmp_path / "tnews11_predict.json"
    file.write_text('{"id": 0, "label": "100"}\n', encoding="utf-8")
    result = run(monkeypatch, tmp_path, "check", str(file))
    assert result.exit_code == 0
    assert "ids and texts were not compared: tnews/test is not available" in result.stderr
    assert "checked as tnews: can be submitted" in result.stdout
