from __future__ import annotations

import json
from pathlib import Path

import pytest

from evaluators.atomic import replacing, write_json


def test_a_file_is_replaced_and_nothing_else_is_left(tmp_path: Path) -> None:
    path = tmp_path / "made" / "a.json"
    write_json(path, {"n": 1})
    write_json(path, {"n": 2})
    assert json.loads(path.read_text()) == {"n": 2}
    assert list(path.parent.iterdir()) == [path]


def test_what_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail() -> None:
        with replacing(path) as new:
            new.write_text("half of the n")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_two_writers_at_once_write_a_file_each(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with replacing(path) as first, replacing(path) as second:
        first.write_text("first")
        second.write_text("second")
    assert path.read_text() == "first"  # the outer block ends last


def test_one_writer_alone_takes_the_place_of_one_that_was_killed(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    killed = replacing(path, alone=True)
    killed.__enter__().write_text("half of what the killed one wrote")
    with replacing(path, alone=True) as new:
        new.write_text("whole")
    assert path.read_text() == "whole"
    assert list(tmp_path.iterdir()) == [path]


def test_json_is_for_the_owner_alone(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", [])
    assert (tmp_path / "a.json").stat().st_mode & 0o777 == 0o600
