"""Digests are remembered while a file is the same, and no longer."""

from __future__ import annotations

import os
import threading
from dataclasses import replace

import pytest

from evaluators.errors import DatasetError
from flows.inputs import known_digests, pairs
from flows.inputs.pairs import load_task, task_digest
from tests.flows.inputs.conftest import ROWS


@pytest.fixture
def loads(monkeypatch):
    """Count the times that rows are really read."""
    count = []

    def counting(*args, **kwargs):
        count.append(args)
        return load_task(*args, **kwargs)

    monkeypatch.setattr(pairs, "load_task", counting)
    return count


@pytest.fixture
def settled(monkeypatch):
    """Let files be remembered at once: their times are told apart here by hand."""
    monkeypatch.setattr(known_digests, "_SETTLED_NS", 0)


def ask(task, folder, cache):
    return task_digest(task, mirrors=[folder], cache=cache)


def test_an_unchanged_file_is_read_once(mirror, task, tmp_path, loads, settled):
    folder, cache = mirror(), tmp_path / "var" / "digests.json"
    first = ask(task, folder, cache)
    assert first == load_task(task, mirrors=[folder]).digest
    assert [ask(task, folder, cache) for _ in range(3)] == [first] * 3
    assert len(loads) == 1
    assert [path.name for path in cache.parent.iterdir()] == ["digests.json"]


def test_without_a_cache_every_question_reads(mirror, task, loads):
    folder = mirror()
    assert task_digest(task, mirrors=[folder]) == task_digest(task, mirrors=[folder])
    assert len(loads) == 2


def test_a_changed_file_is_read_again_even_with_its_old_size_and_time(
    mirror, task, tmp_path, settled
):
    folder, cache = mirror(suffix=".tsv"), tmp_path / "digests.json"
    path = folder / "org/tiny/default/test.tsv"
    before, stat = ask(task, folder, cache), path.stat()
    path.write_bytes(path.read_bytes().replace(b"cat sits", b"cat hits"))
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (path.stat().st_size, path.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    assert ask(task, folder, cache) == load_task(task, mirrors=[folder]).digest != before


def test_a_fresh_file_is_not_remembered_lest_a_second_write_hides_in_one_clock_tick(
    mirror, task, tmp_path, loads
):
    folder, cache = mirror(), tmp_path / "digests.json"
    assert ask(task, folder, cache) == ask(task, folder, cache)
    assert len(loads) == 2
    assert not cache.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"columns": ("sentence2", "sentence1", "score")},
        {"subset_column": None},
        {"gold_range": (0.0, 4.0)},
    ],
)
def test_a_changed_declaration_reads_again(mirror, task, tmp_path, settled, change):
    folder, cache = mirror(), tmp_path / "digests.json"
    before = ask(task, folder, cache)
    if "gold_range" in change:
        with pytest.raises(DatasetError, match=r"4\.5 is outside 0 to 4"):
            ask(replace(task, **change), folder, cache)
    else:
        assert ask(replace(task, **change), folder, cache) != before
    assert ask(task, folder, cache) == before


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"a": 1}', '{"a": [1]}', "\ud800"])
def test_a_damaged_cache_is_started_anew(mirror, task, tmp_path, settled, text):
    folder, cache = mirror(), tmp_path / "digests.json"
    cache.write_bytes(text.encode("utf-8", "surrogatepass"))
    first = ask(task, folder, cache)
    assert first == load_task(task, mirrors=[folder]).digest
    assert [summary.digest for summary in known_digests._read(cache).values()] == [first]


def test_a_cache_that_cannot_be_written_is_done_without(mirror, task, tmp_path, settled):
    (tmp_path / "file").write_text("")
    folder = mirror()
    expected = load_task(task, mirrors=[folder]).digest
    assert ask(task, folder, tmp_path / "file" / "x.json") == expected


def test_bad_rows_are_never_remembered(mirror, task, tmp_path, settled):
    folder, cache = mirror([("a", "b", 1.0), ("c", "d", 1.0)]), tmp_path / "digests.json"
    for _ in range(2):
        with pytest.raises(DatasetError, match="all 2 gold values are 1"):
            ask(task, folder, cache)
    assert not cache.exists()


def test_writers_at_once_leave_a_whole_file(mirror, task, tmp_path, settled):
    folder, cache = mirror(), tmp_path / "digests.json"
    tasks = [replace(task, name=f"Tiny{i}") for i in range(8)]
    threads = [threading.Thread(target=ask, args=(t, folder, cache)) for t in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expected = load_task(task, mirrors=[folder]).digest
    assert {summary.digest for summary in known_digests._read(cache).values()} == {expected}
    assert [path.name for path in tmp_path.glob("digests.json*")] == ["digests.json"]


def test_the_summary_counts_rows_sentences_and_repeats(mirror, task):
    folder = mirror([*ROWS, ROWS[0], (ROWS[1][0], ROWS[0][1], 1.0, "x")])
    found = pairs.summary(task, mirrors=[folder])
    assert (found.rows, found.distinct, found.repeated) == (5, 6, 1)
