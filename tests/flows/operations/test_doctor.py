"""The examination: what it finds, and that nothing keeps it from looking further."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from db import open_store
from db.record import write_night
from db.rows import NightRow
from db.settings import Settings
from flows.cli import cli
from flows.operations import doctor
from flows.operations.doctor import CHECKS, Finding, examine
from tests.db.test_trouble import with_log

pytestmark = pytest.mark.waits


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RANKCHECK_DEVICE", "RANKCHECK_DATA", "RANKCHECK_CORPORA", "HF_ENDPOINT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def chosen(tmp_path: Path) -> Settings:
    return Settings(store=f"duckdb:///{tmp_path}/store.duckdb")


def found(chosen: Settings, what: str) -> Finding:
    (one,) = (finding for finding in examine(chosen) if finding.what == what)
    return one


def test_a_check_that_fails_is_a_finding_and_the_others_are_run(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _broken(chosen: Settings) -> Iterator[Finding]:
        yield Finding("ok", "first half", "fine")
        raise KeyError("postgres://me:hunter2@host/db?token=geheim")

    monkeypatch.setattr(doctor, "CHECKS", (_broken, *CHECKS))
    findings = list(examine(chosen))
    assert findings[0].level == "ok"
    assert (findings[1].level, findings[1].what) == ("BAD", "broken")
    assert findings[1].found.startswith("KeyError: 'postgres://…@host/db?token=…")
    assert "hunter2" not in str(findings)
    assert "geheim" not in str(findings)
    assert {"Python", "torch", "device", "store", "hub"} <= {each.what for each in findings}


def test_every_check_is_run_on_a_url_of_no_store() -> None:
    findings = list(examine(Settings(store="ducklake:mysql:password=hunter2")))
    assert [each.what for each in findings if each.level == "BAD"] == [
        *("store", "log", "leftovers", "space", "checkpoints", "last success"),
    ]
    assert "hunter2" not in str(findings)


def test_a_setting_that_holds_a_secret_is_never_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def _telling(chosen: Settings) -> Iterator[Finding]:
        yield Finding("note", "notify", " ".join(chosen.notify), "HF_TOKEN=hf_12345")

    monkeypatch.setenv("HF_TOKEN", "hf_12345")
    monkeypatch.setattr(doctor, "CHECKS", (_telling,))
    chosen = Settings(store=f"duckdb:///{tmp_path}/s.duckdb", notify=("slack://T1J/A1B/secret",))
    assert list(examine(chosen)) == [Finding("note", "notify", "slack://…", "HF_TOKEN=…")]


def test_the_device_is_tried(chosen: Settings) -> None:
    usual = "cuda" if torch.cuda.is_available() else "cpu"
    assert found(chosen, "device") == Finding("ok", "device", f"{usual} (not set)")
    for wrong in ("gpu", "cuda:99", "meta", "mps:7"):
        one = found(Settings(store=chosen.store, device=wrong), "device")
        assert one.level == "BAD", wrong
        assert f"RANKCHECK_DEVICE is {wrong!r}" in one.found
        assert f"such as {usual}" in one.remedy


def test_a_log_is_noted_and_a_corrupt_one_is_bad(chosen: Settings, tmp_path: Path) -> None:
    store = open_store(chosen.store)
    store.upgrade()
    assert found(chosen, "write-ahead log") == Finding("ok", "write-ahead log", "none")
    log = with_log(store)
    one = found(chosen, "write-ahead log")
    assert (one.level, found(chosen, "store").level) == ("note", "ok")
    assert f"{log} will be replayed" in one.found
    log.write_bytes(b"\x07" * 3000)
    one = found(chosen, "write-ahead log")
    assert (one.level, found(chosen, "store").level) == ("BAD", "BAD")
    assert "rankcheck db restore" in one.remedy
    Path(store.place).unlink()
    one = found(chosen, "write-ahead log")
    assert one.level == "BAD"
    assert "its store is missing" in one.found


def test_files_that_were_never_finished_are_noted(chosen: Settings, tmp_path: Path) -> None:
    for name in ("store.duckdb.new", "store.duckdb.restoring", "other.txt"):
        (tmp_path / name).touch()
    notes = [each for each in examine(chosen) if each.what == "leftover file"]
    assert [each.level for each in notes] == ["note", "note"]
    assert [each.found.split()[0] for each in notes] == [
        f"{tmp_path}/store.duckdb.new",
        f"{tmp_path}/store.duckdb.restoring",
    ]


def test_folders_that_are_not_there_are_bad(tmp_path: Path, chosen: Settings) -> None:
    settings = Settings(store=chosen.store, data=(tmp_path,), corpora=(tmp_path / "none",))
    assert found(settings, "RANKCHECK_DATA") == Finding("ok", "RANKCHECK_DATA", str(tmp_path))
    assert found(settings, "RANKCHECK_CORPORA").level == "BAD"


def test_a_checkpoints_folder_that_takes_nothing_is_bad(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").symlink_to("/proc")  # where not even root may make a file
    chosen = Settings(store=f"duckdb:///{tmp_path}/store.duckdb")
    assert found(chosen, "checkpoints").level == "BAD"


class _Hub(http.server.BaseHTTPRequestHandler):
    status = 200

    def do_HEAD(self) -> None:
        self.send_response(self.status)
        self.end_headers()

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Hub)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.delenv("HF_HUB_OFFLINE")
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_the_hub_is_asked(chosen: Settings, hub: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from flows.checkpoints import hub as hub_client

    monkeypatch.setenv("HF_ENDPOINT", hub)
    assert found(chosen, "hub") == Finding("ok", "hub", f"{hub} answers")
    monkeypatch.setattr(_Hub, "status", 503)
    assert found(chosen, "hub").level == "BAD"
    monkeypatch.setenv("HF_ENDPOINT", "http://me:hunter2@127.0.0.1:9")
    one = found(chosen, "hub")
    assert one.level == "BAD"
    assert "HF_ENDPOINT is http://…@127.0.0.1:9: cannot be reached" in one.found
    # The default address out of reach is no fault: much can be done without the hub.
    monkeypatch.delenv("HF_ENDPOINT")
    monkeypatch.setattr(hub_client, "endpoint", lambda: "http://127.0.0.1:9")
    one = found(chosen, "hub")
    assert one.level == "note"
    assert "only local datasets and checkpoints can be used" in one.found


def test_a_hub_that_is_switched_off_is_noted(chosen: Settings) -> None:
    one = found(chosen, "hub")
    assert one.level == "note"
    assert one.found.startswith("HF_HUB_OFFLINE is set")


def test_the_command_ends_with_status_1_only_when_something_is_bad(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/store.duckdb")
    monkeypatch.setattr(doctor, "_ENOUGH", 0.0)
    (tmp_path / "store.duckdb.new").touch()
    fine = CliRunner().invoke(cli, ["doctor"])
    assert fine.exit_code == 0, fine.output
    assert "note leftover file" in fine.output
    monkeypatch.setenv("RANKCHECK_DATA", str(tmp_path / "none"))
    wrong = CliRunner().invoke(cli, ["doctor", "--format", "json"])
    assert wrong.exit_code == 1
    document = json.loads(wrong.stdout)
    assert document["bad"] == 1
    (bad,) = (each for each in document["findings"] if each["level"] == "BAD")
    assert (bad["what"], bad["found"]) == ("RANKCHECK_DATA", str(tmp_path / "none"))
    assert bad["remedy"]


def test_a_prefect_server_that_is_set_and_does_not_answer_is_bad(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("flows.operations.prefect_api.DEFAULT_URL", "http://127.0.0.1:9/api")
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    assert found(chosen, "Prefect").level == "note"
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert found(chosen, "Prefect").level == "BAD"


def test_what_keeps_plan_runs_from_starting_is_bad(
    chosen: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from flows.operations.prefect_api import Deployment, Server

    server = Server("url", (Deployment("n/n", False, True, None),), pool=True)
    monkeypatch.setattr("flows.operations.prefect_api.ask", lambda _url: server)
    findings = {each.what: each for each in examine(chosen)}
    assert findings["Prefect"].level == "ok"
    assert findings["schedules"].found == "1 deployments"
    assert findings["worker"].level == "BAD"
    assert findings["worker"].found == "no worker is online"
    assert findings["worker"].remedy == "prefect worker start --pool rankcheck --type process"
    paused = Server("url", (Deployment("n/n", True, True, None),), (), (), ("w",), pool=True)
    monkeypatch.setattr("flows.operations.prefect_api.ask", lambda _url: paused)
    findings = {each.what: each for each in examine(chosen)}
    assert findings["worker"].found == "online: w"
    assert findings["schedules"].level == "BAD"
    assert findings["schedules"].found == "deployment n/n is paused"


def test_no_plan_run_that_completes_is_bad(chosen: Settings) -> None:
    store = open_store(chosen.store)
    store.upgrade()
    assert found(chosen, "last success").level == "note"
    for hours, level in ((30, "BAD"), (2, "ok")):
        moment = datetime.now(UTC) - timedelta(hours=hours)
        write_night(store, NightRow(f"n{hours}", "nightly", moment, moment, failed=0))
        assert found(chosen, "last success").level == level


def test_a_log_of_events_that_cannot_be_written_is_bad(chosen: Settings, tmp_path: Path) -> None:
    for place, level in ((tmp_path / "log", "ok"), (tmp_path / "none" / "log", "BAD")):
        assert found(Settings(chosen.store, log=place), "RANKCHECK_LOG").level == level


def test_messages_that_cannot_be_sent_are_bad(chosen: Settings, tmp_path: Path) -> None:
    assert found(chosen, "messages").level == "note"
    assert found(Settings(chosen.store, notify=("json://127.0.0.1/x",)), "messages").level == "ok"
    bad = found(Settings(chosen.store, notify=("geheim",)), "messages")
    assert bad.level == "BAD"
    assert "geheim" not in str(bad)
