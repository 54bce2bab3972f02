"""Locks that hold across machines, by a real PostgreSQL server."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from db import StoreError, machine_locks
from db.machine_locks import MachineLocks
from tests.postgres import Server

HOLDER = """
import sys, time
from db.machine_locks import MachineLocks
with MachineLocks(sys.argv[1]).held(sys.argv[2:], wait=False) as held:
    print(held, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def two_machines(postgres_url: str) -> Iterator[tuple[MachineLocks, MachineLocks]]:
    with closing(MachineLocks(postgres_url)) as one, closing(MachineLocks(postgres_url)) as two:
        yield one, two


def test_of_two_machines_one_holds_a_name_and_the_other_takes_none_of_its_group(
    two_machines: tuple[MachineLocks, MachineLocks],
) -> None:
    one, two = two_machines
    with one.held(["b"], wait=False) as held:
        assert held
        with two.held(["a", "b"], wait=False) as refused:
            assert not refused
        with one.held(["a"], wait=False) as free:
            assert free, "a group that was refused leaves no lock behind"
    with two.held(["a", "b"], wait=False) as held:
        assert held


def test_waiting_ends_when_the_other_machine_is_done(
    two_machines: tuple[MachineLocks, MachineLocks], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_locks, "POLL", 0.01)
    one, two = two_machines
    order = []

    def wait() -> None:
        with two.held(["a"], wait=True):
            order.append("two")

    with one.held(["a"], wait=False):
        waiter = threading.Thread(target=wait)
        waiter.start()
        waiter.join(0.1)
        order.append("one")
    waiter.join(10)
    assert order == ["one", "two"]


def test_kill_9_of_the_holder_frees_its_names(postgres_url: str) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER, postgres_url, "a"], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    assert holder.stdout.readline().strip() == "True"
    with closing(MachineLocks(postgres_url)) as other:
        with other.held(["a"], wait=False) as held:
            assert not held
        holder.send_signal(signal.SIGKILL)
        holder.communicate()
        with other.held(["a"], wait=True) as held:
            assert held


def test_a_restart_of_the_server_is_survived(postgres: Server, postgres_url: str) -> None:
    with closing(MachineLocks(postgres_url)) as locks:
        with locks.held(["a"], wait=False), postgres.away():
            pass
        with locks.held(["a"], wait=False) as held:
            assert held


def test_a_server_that_stays_away_is_named(
    postgres: Server, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(machine_locks, "PATIENCE", 0.1)
    with (
        closing(MachineLocks(postgres_url)) as locks,
        postgres.away(),
        pytest.raises(StoreError, match=r"does not lock jobs: .*start the server") as error,
        locks.held(["a"], wait=False),
    ):
        pass
    assert "hunter2" not in str(error.value)


def test_a_store_of_one_machine_needs_no_server(tmp_path: Path) -> None:
    with MachineLocks(f"duckdb:///{tmp_path}/store.duckdb").held(["a"], wait=False) as held:
        assert held


def test_numbers_of_names_fit_the_server_and_differ() -> None:
    numbers = {machine_locks.lock_number(str(i)) for i in range(1000)}
    assert len(numbers) == 1000
    assert all(-(2**63) <= number < 2**63 for number in numbers)
