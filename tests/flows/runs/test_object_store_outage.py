"""A plan run whose lake keeps its files in an object store that is out of order for a while."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from tests.flows.home import Home
from tests.object_store import BUSY, ObjectStore, object_store, well

NewHome = Callable[..., Home]
Outage = Callable[[str, str], str]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture
def objects() -> Iterator[ObjectStore]:
    pytest.importorskip("duckdb_extension_httpfs")
    with object_store() as server:
        yield server


@pytest.fixture
def home(new_home: NewHome, objects: ObjectStore) -> Home:
    """A home whose store is a lake in the object store, with the bundled facts."""
    home = new_home()
    url = f"ducklake:sqlite:{home.folder}/catalog.sqlite?data_path=s3://scores/lake"
    settings = {**home.environment, **objects.environment, "RANKCHECK_STORE": url}
    lake = replace(home, environment=settings)
    lake.run("db", "upgrade")
    return lake


def fails_from_the_first_score_on(objects: ObjectStore, seconds: float) -> None:
    """Let the object store be out of order for so long, from when it is given a score."""
    begun: list[float] = []

    def fault(method: str, key: str) -> str:
        if method == "PUT" and "/scores/" in key.removeprefix("scores/"):
            begun.append(time.monotonic())
        return BUSY if begun and time.monotonic() < begun[0] + seconds else ""

    objects.fault = fault


def counted(home: Home) -> list[str]:
    """Return how many runs finished, failed, and have scores, and how many jobs there are."""
    asked = home.run(
        "sql",
        "SELECT count(*) FILTER (status = 'finished'), count(*) FILTER (status = 'failed'),"
        " (SELECT count(DISTINCT run_id) FROM scores), count(DISTINCT job_key) FROM runs",
        *("--format", "csv"),
    )
    return asked.stdout.split("\n")[1].split(",")


@pytest.mark.parametrize("seconds", [5, 30])
def test_an_outage_is_waited_for(home: Home, objects: ObjectStore, seconds: float) -> None:
    fails_from_the_first_score_on(objects, seconds)
    done = home.run("run", str(home.plan))
    assert "4 evaluated" in done.stderr
    assert counted(home) == ["4", "0", "4", "4"]


def test_a_result_outlives_an_outage_and_is_recorded_without_evaluation(
    home: Home, objects: ObjectStore
) -> None:
    one = home.plan.read_text("utf-8").replace("SampleEN, SampleZH", "SampleEN")
    home.plan.write_text(one.replace("native, cls", "native"), "utf-8")
    fails_from_the_first_score_on(objects, seconds=3600)
    done = home.run("run", str(home.plan), status=2)  # its summary can't be read either
    assert "Traceback" not in done.stderr
    assert "object store" in done.stderr
    objects.fault = well
    assert counted(home) == ["0", "1", "0", "1"]  # the failure is a small row of the catalog
    again = home.run("run", str(home.plan))
    assert "1 recovered from an earlier run" in again.stderr
    assert counted(home) == ["1", "1", "1", "1"]
