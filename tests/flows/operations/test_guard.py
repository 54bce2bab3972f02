"""The guard tells once a day when no plan run has completed, with the reason."""

from __future__ import annotations

import signal
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from db import Store, open_store
from db.record import write_night
from db.rows import NightRow
from db.settings import Settings
from flows.cli import cli
from flows.operations.guard import look
from flows.operations.overdue import age, reports
from flows.operations.prefect_api import Deployment, Server
from tests.db.test_plan_runs import end, held
from tests.flows.receivers import Webhook

pytestmark = pytest.mark.waits

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def chosen(store: Store, hook: Webhook, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    return Settings(store=store.url, notify=(hook.url,))


def ended(chosen: Settings, hours_ago: float, *, plan: str = "nightly", failed: int = 0) -> None:
    moment = NOW - timedelta(hours=hours_ago)
    store = open_store(chosen.store)
    night = f"{plan}-{hours_ago}-{failed}"
    write_night(store, NightRow(night, plan, moment, moment, evaluated=3, failed=failed))


@pytest.mark.parametrize("there", [True, False])
def test_a_store_without_a_plan_run_is_overdue(
    chosen: Settings, hook: Webhook, there: bool
) -> None:
    if not there:
        Path(open_store(chosen.store).place).unlink()
    assert look(chosen, now=NOW) == ["no plan run has ever completed"]
    (message,) = hook.got
    assert message["title"] == "rankcheck: no plan run completed in 26 hours"
    assert "no Prefect server answers at http://127.0.0.1:9/api: start it" in message["message"]


def test_a_success_in_the_future_is_told_of_once_a_day(chosen: Settings, hook: Webhook) -> None:
    """The clock was set back by 300 days."""
    ended(chosen, -7200)
    (sentence,) = look(chosen, now=NOW)
    assert "which is in the future: the clock of this machine is or was wrong" in sentence
    for hours, messages in ((0.5, 1), (25, 2), (-24 * 400, 3)):
        look(chosen, now=NOW + timedelta(hours=hours))
        assert len(hook.got) == messages


@pytest.mark.parametrize(("hours", "wrong"), [(25.9, 0), (26.1, 1)])
def test_a_plan_run_may_be_26_hours_old(
    chosen: Settings, hook: Webhook, hours: float, wrong: int
) -> None:
    ended(chosen, hours)
    assert len(look(chosen, now=NOW)) == wrong
    assert len(hook.got) == wrong


def test_runs_that_failed_do_not_count_and_are_named(chosen: Settings, hook: Webhook) -> None:
    ended(chosen, 50)
    ended(chosen, 26, failed=2)
    ended(chosen, 2, failed=1)
    assert look(chosen, now=NOW) == [
        "the last plan run of 'nightly' completed 50.0 hours ago, 2026-11-26 10:00 UTC"
    ]
    body = hook.got[0]["message"]
    assert "ended at 2026-11-28 10:00 UTC failed: 1 of its jobs and inputs" in body
    assert "ended at 2026-11-27 10:00 UTC failed: 2 of its jobs and inputs" in body


def test_another_plan_does_not_hide_the_nightly_one(chosen: Settings) -> None:
    ended(chosen, 50)
    ended(chosen, 1, plan="quickstart")
    found = reports(open_store(chosen.store))
    assert age(found, now=NOW).overdue
    assert not age(found, plan="", now=NOW).overdue
    assert not age(found, plan="quickstart", now=NOW).overdue
    assert age(found, plan="never-seen", now=NOW).overdue
    assert not age([run for run in found if run.plan != "nightly"], now=NOW).overdue


def test_people_are_told_once_a_day_and_anew_after_a_good_night(
    chosen: Settings, hook: Webhook
) -> None:
    ended(chosen, 30)
    for hours in (0, 1, 23.9):
        look(chosen, now=NOW + timedelta(hours=hours))
    assert len(hook.got) == 1
    look(chosen, now=NOW + timedelta(hours=24))
    assert len(hook.got) == 2
    ended(chosen, -25)
    assert look(chosen, now=NOW + timedelta(hours=26)) == []
    look(chosen, now=NOW + timedelta(hours=60))
    assert len(hook.got) == 3


def test_a_store_that_cannot_be_read_is_told(chosen: Settings, hook: Webhook) -> None:
    Path(chosen.store.removeprefix("duckdb:///")).write_text("no store")
    (found,) = look(chosen, now=NOW)
    assert "the store cannot be read" in found
    assert hook.titles == ["rankcheck: the store cannot be read"]


def test_a_killed_plan_run_without_a_deployment_is_told_once(
    chosen: Settings, hook: Webhook
) -> None:
    ended(chosen, 1)
    end(held(chosen.store, "n1"), signal.SIGKILL)
    for _ in range(2):
        (found,) = look(chosen, now=NOW)
        assert "was killed" in found
    (message,) = hook.got
    assert message["title"] == "rankcheck: nightly: the plan run was killed"
    assert "it had finished 3 of 20 jobs" in message["message"]


@pytest.mark.parametrize(
    ("server", "reason"),
    [
        (Server("url", (Deployment("n/n", False, True, NOW),)), "work pool 'rankcheck' is missing"),
        (Server("url", (Deployment("n/n", False, True, NOW),), pool=True), "no worker is online"),
        (Server("url", (), workers=("w",), pool=True), "no deployment has a schedule"),
        (
            Server("url", (Deployment("n/n", True, True, None),), workers=("w",), pool=True),
            "deployment n/n is paused",
        ),
    ],
)
def test_what_keeps_plan_runs_from_starting_is_said(server: Server, reason: str) -> None:
    (problem,) = server.problems()
    assert reason in problem


def test_all_is_well_where_a_worker_is_online_and_a_deployment_is_scheduled() -> None:
    deployments = (Deployment("n/n", False, True, NOW), Deployment("n/q", True, False, None))
    assert Server("url", deployments, workers=("w",), pool=True).problems() == []


def test_the_command_ends_with_1_where_something_is_wrong(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", chosen.store)
    monkeypatch.delenv("RANKCHECK_NOTIFY", raising=False)
    done = CliRunner().invoke(cli, ["watch"])
    assert done.exit_code == 1
    assert "RANKCHECK_NOTIFY is not set" in done.output
    assert CliRunner().invoke(cli, ["status"]).exit_code == 1


def test_status_shows_what_runs_what_failed_and_what_was_cut_short(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    monkeypatch.setenv("RANKCHECK_STORE", chosen.store)
    ended(chosen, (NOW - datetime.now(UTC)) / timedelta(hours=1) + 30)
    ended(chosen, (NOW - datetime.now(UTC)) / timedelta(hours=1) + 2, failed=1)
    alive: subprocess.Popen[str] = held(chosen.store, "alive")
    end(held(chosen.store, "dead"), signal.SIGKILL)
    try:
        done = CliRunner().invoke(cli, ["status"])
        said = json.loads(CliRunner().invoke(cli, ["status", "--format", "json"]).stdout)
    finally:
        end(alive, signal.SIGTERM)
    assert done.exit_code == 1
    states = [line.split("  ")[0] for line in done.stdout.splitlines()]
    assert states[:3] == ["running", "cut short", "failed"]
    assert "OVERDUE" in done.stdout
    assert "no Prefect server answers at http://127.0.0.1:9/api" in done.stdout
    assert said["overdue"] is True
    assert [row["state"] for row in said["rows"]] == ["running", "cut short", "failed"]


def test_status_answers_where_the_store_cannot_be_read(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    monkeypatch.setenv("RANKCHECK_STORE", chosen.store)
    Path(chosen.store.removeprefix("duckdb:///")).write_bytes(b"no store at all" * 1000)
    end(held(chosen.store, "dead"), signal.SIGKILL)
    done = CliRunner().invoke(cli, ["status"])
    said = json.loads(CliRunner().invoke(cli, ["status", "--format", "json"]).stdout)
    assert done.exit_code == 1
    assert done.stdout.splitlines()[0].startswith("cut short")
    assert "the reports of plan runs cannot be read: " in done.stdout
    assert "not a DuckDB file" in said["store_problem"]
    assert [row["state"] for row in said["rows"]] == ["cut short"]
