from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from db.new_file import replacing


def test_a_log_that_a_kill_left_is_not_replayed_into_the_new_file(tmp_path: Path) -> None:
    path = tmp_path / "a.duckdb"
    (tmp_path / "a.duckdb.new.wal").write_bytes(b"of another file")
    with replacing(path, alone=True) as new, duckdb.connect(str(new)) as connection:
        connection.execute("CREATE TABLE t AS SELECT 1 AS n")
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.sql("SELECT n FROM t").fetchall() == [(1,)]
    assert list(tmp_path.iterdir()) == [path]


def test_what_fails_leaves_neither_the_file_nor_its_log(tmp_path: Path) -> None:
    def fail() -> None:
        with replacing(tmp_path / "a.duckdb") as new:
            new.touch()
            new.with_name(f"{new.name}.wal").touch()
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert list(tmp_path.iterdir()) == []
