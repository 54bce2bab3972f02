"""Every page on every store that cannot be read: a sentence that says so, never a traceback."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import reading
from tests.dashboard.look import SCREENS, everything
from tests.db.test_gate import end
from tests.warm import StartCode

APP = Path(__file__).parents[2] / "dashboard" / "app.py"

HOLDER = """
import sys, time
from db import open_store
with open_store(sys.argv[1]).write() as connection:
    print("open", flush=True)
    time.sleep(100)
"""
FOREIGN = """
import sys, time, duckdb
connection = duckdb.connect(sys.argv[1].removeprefix("duckdb:///"))
print("open", flush=True)
time.sleep(100)
"""


def test_every_screen_is_among_those_that_are_tested() -> None:
    assert {path.stem for path in (APP.parent / "screens").glob("*.py")} == set(SCREENS)


@pytest.fixture
def copy(full: str, tmp_path: Path) -> str:
    """The URL of a full store that a test may spoil."""
    shutil.copy(full.removeprefix("duckdb:///"), tmp_path / "store.duckdb")
    return f"duckdb:///{tmp_path}/store.duckdb"


def pages(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Open one page after the other; yield the name of each and what it shows."""
    monkeypatch.setenv("RANKCHECK_STORE", url)
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    for screen in SCREENS:
        app.switch_page(f"screens/{screen}.py").run()
        assert not app.exception, (screen, app.exception)
        yield screen, everything(app)


def spoil(url: str, *statements: str) -> None:
    with duckdb.connect(url.removeprefix("duckdb:///")) as connection:
        for statement in statements:
            connection.execute(statement)


def test_store_of_an_older_rankcheck(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(copy, "UPDATE alembic_version SET version_num = '0001'")
    for screen, shown in pages(copy, monkeypatch):
        assert "The store cannot be read." in shown, screen
        assert "rankcheck db upgrade" in shown, screen


def test_store_of_a_newer_rankcheck(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    spoil(copy, "UPDATE alembic_version SET version_num = '9999'")
    for screen, shown in pages(copy, monkeypatch):
        assert "The store cannot be read." in shown, screen
        assert "newer" in shown, screen


def test_store_with_the_views_of_an_older_rankcheck(
    copy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with duckdb.connect(copy.removeprefix("duckdb:///")) as connection:
        names = connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal")
        views = [name for (name,) in names.fetchall()]
    spoil(
        copy,
        *(f"DROP VIEW {view}" for view in views),
        "UPDATE dictionary SET text = 'of old' WHERE kind = 'digest'",
    )
    for screen, shown in pages(copy, monkeypatch):
        if screen != "sql":  # which asks for no view by itself
            assert "The store cannot be read." in shown, screen
            assert "rankcheck db upgrade" in shown, screen


def test_file_of_a_newer_duckdb(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(copy.removeprefix("duckdb:///"))
    whole = bytearray(file.read_bytes())
    whole[12:20] = (999).to_bytes(8, "little")  # the storage version behind the magic bytes
    file.write_bytes(whole)
    for screen, shown in pages(copy, monkeypatch):
        assert "The store cannot be read." in shown, screen


def test_database_of_somebody_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"duckdb:///{tmp_path}/other.duckdb"
    spoil(url, "CREATE TABLE theirs (a INTEGER)")
    for screen, shown in pages(url, monkeypatch):
        assert "has no tables of rankcheck" in shown, screen


def test_folder_in_the_place_of_the_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for screen, shown in pages(f"duckdb:///{tmp_path}", monkeypatch):
        assert "is a folder, not a DuckDB file" in shown, screen


def test_truncated_store(copy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    file = Path(copy.removeprefix("duckdb:///"))
    file.write_bytes(file.read_bytes()[:20_000])
    for screen, shown in pages(copy, monkeypatch):
        assert "The store cannot be read." in shown, screen


@pytest.mark.parametrize("code", [HOLDER, FOREIGN], ids=["ours", "foreign"])
def test_writer_at_work_is_named_and_the_page_comes_back(
    start_code: StartCode, copy: str, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(reading, "WAIT", 0.05)
    holder = start_code(code, copy)
    try:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "open\n"
        for screen, shown in pages(copy, monkeypatch):
            assert "The store is busy" in shown, screen
            assert f"process {holder.pid}" in shown, screen
    finally:
        end([holder])
    for screen, shown in pages(copy, monkeypatch):
        assert "The store is busy" not in shown, screen
