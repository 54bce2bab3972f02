"""A fresh store for each test, and rows to put in it."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from db import open_store
from db.store import Store
from tests.postgres import Server, postgres, postgres_template, postgres_url  # noqa: F401

ENGINES = ["file", "lake", "postgres"]
"""A DuckDB file, and a DuckLake on either catalog."""


@pytest.fixture
def file_store(empty_store: Path, tmp_path: Path) -> Store:
    return open_store(f"duckdb:///{shutil.copy(empty_store, tmp_path / 'store.duckdb')}")


@pytest.fixture(scope="session")
def lake_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty lake to copy."""
    folder = tmp_path_factory.mktemp("lake-template")
    store = open_store(f"ducklake:sqlite:{folder}/catalog.sqlite")
    store.upgrade()
    store.close()
    return folder


@pytest.fixture
def lake_url(lake_template: Path, tmp_path: Path) -> str:
    """The URL of an empty lake on a SQLite catalog."""
    folder = tmp_path / "lake"
    shutil.copytree(lake_template, folder)
    with contextlib.closing(sqlite3.connect(folder / "catalog.sqlite")) as catalog, catalog:
        moved = "UPDATE ducklake_metadata SET value = ? WHERE key = 'data_path'"
        catalog.execute(moved, [f"{folder}/catalog.sqlite.files/"])
    return f"ducklake:sqlite:{folder}/catalog.sqlite"


@pytest.fixture
def lake_store(lake_url: str) -> Iterator[Store]:
    store = open_store(lake_url)
    yield store
    store.close()


@pytest.fixture(params=ENGINES)
def absent_store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """A store on each engine that nobody has made yet, in a folder that is not there."""
    if request.param == "postgres":
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.new_database(), tmp_path / "new" / "files")
    elif request.param == "lake":
        url = f"ducklake:sqlite:{tmp_path}/new/catalog.sqlite"
    else:
        url = f"duckdb:///{tmp_path}/new/store.duckdb"
    store = open_store(url)
    yield store
    store.close()


@pytest.fixture(params=["file", "lake"])
def any_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store on each kind of engine, for what DuckDB alone computes: views and macros."""
    yield from opened(request)


@pytest.fixture(params=ENGINES)
def every_store(request: pytest.FixtureRequest) -> Iterator[Store]:
    """An empty store on each engine and catalog: what holds on one must hold on the others."""
    yield from opened(request)


def opened(request: pytest.FixtureRequest) -> Iterator[Store]:
    if request.param == "file":
        yield request.getfixturevalue("file_store")
        return
    store = open_store(request.getfixturevalue(f"{request.param}_url"))
    yield store
    store.close()
