"""Hostile files: each format gives a named error, soon and in bounded memory."""

from __future__ import annotations

import os
import resource
import time
from pathlib import Path

import pytest

from flows import importers
from flows.boards.spec import read_spec
from flows.cli import main
from flows.errors import LeaderboardError
from tests.flows.importers.conftest import refused, taken
from tests.flows.importers.hostile import CONTENTS, FILES, SAMPLES


@pytest.fixture
def place(tmp_path: Path):
    """Return where a sample's file belongs."""

    def find(label: str) -> Path:
        path = tmp_path / SAMPLES[label].name
        path.parent.mkdir(parents=True, exist_ok=True)
        return path

    return find


def hostile(path: Path, label: str, kind: str) -> Path:
    if kind in FILES:
        return FILES[kind](path, SAMPLES[label])
    content = CONTENTS[kind](SAMPLES[label])
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_every_format_has_a_sample():
    assert {sample.form for sample in SAMPLES.values()} == {*importers.names()}


@pytest.mark.parametrize("label", SAMPLES)
def test_the_sample_itself_is_imported(place, label):
    path = place(label)
    path.write_text(SAMPLES[label].text)
    board = taken(SAMPLES[label].form, path).board
    assert board.values[board.values == board.values].tolist() == [0.625]


@pytest.mark.parametrize("kind", [*CONTENTS, *FILES])
@pytest.mark.parametrize("label", SAMPLES)
def test_a_hostile_file_is_a_named_error_soon_and_in_bounded_memory(place, label, kind):
    path = hostile(place(label), label, kind)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started = time.process_time()
    message = refused(SAMPLES[label].form, path)
    assert time.process_time() - started < 10
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 800_000  # KiB
    assert path.name in message
    assert len(message) < 5_000


@pytest.mark.parametrize("kind", ["10,000 levels", "FIFO", "empty", "a name too long"])
def test_the_command_says_it_in_a_sentence(place, kind, monkeypatch, capsys, tmp_path):
    path = hostile(place("lm-eval"), "lm-eval", kind)
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/store.duckdb")
    words = ["rankcheck", "import", "lm-eval", str(path), "--board", "b", "--snapshot", "2024"]
    monkeypatch.setattr("sys.argv", words)
    with pytest.raises(SystemExit) as caught:
        main()
    assert caught.value.code == 2
    assert capsys.readouterr().err.startswith(f"rankcheck: {path}")


def test_a_hostile_column_spec_is_a_named_error(tmp_path):
    path = tmp_path / "board.yaml"
    os.mkfifo(path)
    with pytest.raises(LeaderboardError, match=r"board\.yaml.*neither a file nor a folder"):
        read_spec(path)
    path.unlink()
    path.write_text("[" * 10_000)
    with pytest.raises(LeaderboardError, match="is not valid YAML"):
        read_spec(path)
