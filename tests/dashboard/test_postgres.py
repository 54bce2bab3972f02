"""The dashboard on a DuckLake whose catalog a PostgreSQL server keeps."""

from __future__ import annotations

import re

import pytest

from db import open_store
from tests.dashboard.look import everything
from tests.dashboard.stores import keep_everything
from tests.dashboard.test_sql import ask
from tests.dashboard.test_store_states import pages
from tests.postgres import Server, postgres  # noqa: F401 - a fixture

SECRET = "hunter2"


@pytest.fixture(scope="module")
def lake(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> str:  # noqa: F811
    """The URL of a lake with everything in it."""
    files = tmp_path_factory.mktemp("pg-lake") / "files"
    url = postgres.url(postgres.new_database(), files)
    store = open_store(url)
    keep_everything(store)
    store.close()
    return url


@pytest.mark.parametrize("screen", ["leaderboards?board=superglue", "runs"])
def test_page_shows_the_same_as_on_a_file(open_page, full: str, lake: str, screen: str) -> None:
    app, same = open_page(lake, screen), open_page(full, screen)
    assert not app.exception
    here, there = (re.sub(r"\d\d:\d\d UTC", "", everything(page)) for page in (app, same))
    assert here == there
    for one, other in zip(app.dataframe, same.dataframe, strict=True):
        assert one.value.equals(other.value)


def test_overview_and_sql_answer(open_page, lake: str) -> None:
    overview = open_page(lake, "home")
    assert not overview.exception
    assert "Are humans beaten on SuperGLUE?" in everything(overview)
    app = ask(open_page(lake, "sql"), "SELECT count(*) AS n FROM sts_scores")
    assert not app.exception
    assert app.dataframe[0].value["n"].item() > 0
    assert "as of 2" in everything(app)
    for sql, refused in (
        ("SELECT path FROM duckdb_databases()", "cannot be used here"),
        ("FROM postgres_query('store', 'SELECT 1')", "is not in the catalog"),
    ):
        shown = everything(ask(app, sql))
        assert refused in shown
        assert SECRET not in shown


def test_server_that_is_away_is_told_on_every_page_and_then_forgotten(
    postgres: Server,  # noqa: F811
    lake: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in pages(lake, monkeypatch):
        pass  # Answers that are remembered hide nothing.
    with postgres.away():
        for screen, shown in pages(lake, monkeypatch):
            assert "The store cannot be read." in shown, screen
            assert "cannot be reached" in shown, screen
            assert SECRET not in shown, screen
    for screen, shown in pages(lake, monkeypatch):
        assert "cannot be re" not in shown, screen
