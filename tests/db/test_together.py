"""Reads that share one opening of the store."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import ProgrammingError

from db import Store, open_store
from db.errors import StoreBusy, StoreError

NOTE = "INSERT INTO fact_imports (name, digest, imported_at) VALUES ('a', 'b', now())"


def notes(connection: sa.Connection) -> int:
    return int(connection.exec_driver_sql("SELECT count(*) FROM fact_imports").scalar_one())


def read(store: Store) -> int:
    with store.read() as connection:
        return notes(connection)


@pytest.fixture
def openings(store: Store, monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return a function that says how often the store was opened to read."""
    opened: list[None] = []
    usual = store.engine.open_reader
    monkeypatch.setattr(
        store.engine, "open_reader", lambda deadline: (opened.append(None), usual(deadline))[1]
    )
    return lambda: len(opened)


def test_reads_share_an_opening_until_the_block_ends(
    store: Store, openings: Callable[[], int]
) -> None:
    before = read(store)
    assert openings() == 1
    with store.together():
        with store.together():
            assert read(store) == read(store) == before
        assert read(store) == before
        assert openings() == 2
    open_store(store.url).transact(lambda connection: connection.exec_driver_sql(NOTE))
    assert read(store) == before + 1
    assert openings() == 3


def test_a_look_at_its_version_shares_the_opening(
    store: Store, openings: Callable[[], int]
) -> None:
    with store.together():
        assert not store.upgrade()
        read(store)
    assert openings() == 1


def test_nobody_waits_for_a_store_that_was_released(
    store: Store, openings: Callable[[], int]
) -> None:
    other = open_store(store.url)
    with store.together():
        before = read(store)
        with pytest.raises(StoreBusy):
            other.transact(lambda connection: connection.exec_driver_sql(NOTE), wait=0)
        store.release()
        other.transact(lambda connection: connection.exec_driver_sql(NOTE), wait=0)
        assert read(store) == before + 1
        assert openings() == 2
        with store.read() as connection:
            store.release()
            assert notes(connection) == before + 1


def test_a_store_of_another_version_is_refused_each_time(store: Store) -> None:
    store.transact(
        lambda connection: connection.exec_driver_sql("UPDATE alembic_version SET version_num='x'")
    )
    with store.together():
        for _ in range(2):
            with pytest.raises(StoreError):
                read(store)


def test_a_write_in_the_block_is_seen_by_the_reads_after_it(any_store: Store) -> None:
    with any_store.together():
        before = read(any_store)
        any_store.transact(lambda connection: connection.exec_driver_sql(NOTE))
        assert read(any_store) == before + 1
        with any_store.write() as connection:
            connection.exec_driver_sql(NOTE)
        assert read(any_store) == before + 2
        assert not any_store.upgrade()
        assert read(any_store) == before + 2


def test_a_read_inside_a_read_and_one_that_fails_harm_no_other(any_store: Store) -> None:
    with any_store.together():
        with any_store.read() as connection:
            rows = connection.exec_driver_sql("SELECT * FROM range(3)")
            assert rows.fetchone() == (0,)
            read(any_store)
            assert rows.fetchall() == [(1,), (2,)]
        with pytest.raises(ProgrammingError), any_store.read() as connection:
            connection.exec_driver_sql("SELECT no_such_column FROM runs")
        read(any_store)
