"""The file of the user's cache with bundled boards."""

from __future__ import annotations

from pathlib import Path

import pytest
from filelock import FileLock

from db import open_store
from flows.boards import bundled_store


@pytest.mark.parametrize("part", ["derived_digest", "sources_digest"])
def test_other_tables_views_boards_or_ranks_are_another_file(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store of an older schema cannot be read, and the dashboard upgrades none."""
    before = bundled_store.path_of()
    assert bundled_store.path_of() == before
    monkeypatch.setattr(bundled_store, part, lambda: "another")
    assert bundled_store.path_of() != before


def test_what_another_process_is_writing_is_left_to_it(tmp_path: Path) -> None:
    path = tmp_path / "boards.duckdb"
    with FileLock(f"{path}.lock"):
        bundled_store.write(path, ("superglue",))
        assert not path.exists()
    bundled_store.write(path, ("superglue",))
    assert path.exists()


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    path = tmp_path / "boards.duckdb"
    for ending in ("", ".wal"):
        (tmp_path / f"boards.duckdb.new{ending}").write_bytes(b"half")
    bundled_store.write(path, ("superglue",))
    with open_store(f"duckdb:///{path}").read() as connection:
        boards = connection.exec_driver_sql("SELECT board FROM current_boards").scalars().all()
    assert set(boards) == {"superglue"}
    assert not list(tmp_path.glob("*.new*"))
