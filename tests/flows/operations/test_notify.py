"""Messages arrive once, wait where they cannot, and show no secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from db.settings import Settings, settings
from flows.cli import cli
from flows.operations.notify import Message, deliver, outbox, problems, send
from tests.flows.receivers import Mailbox, Webhook, free_port, mailbox, webhook

TRIAL = Message("a title", "what happened\nwhat to do", "failure")


def chosen(tmp_path: Path, *urls: str) -> Settings:
    return Settings(store=f"duckdb:///{tmp_path}/store.duckdb", notify=urls)


def test_a_message_reaches_every_url(tmp_path: Path, hook: Webhook, mail: Mailbox) -> None:
    where = chosen(tmp_path, hook.url, mail.url)
    assert send(TRIAL, where, pauses=(0,)) == []
    assert [(m["title"], m["message"], m["type"]) for m in hook.got] == [
        ("a title", "what happened\nwhat to do", "failure")
    ]
    assert mail.subjects == ["a title"]
    assert list(outbox(where).glob("*.json")) == []


def test_nothing_is_sent_or_written_without_the_setting(tmp_path: Path) -> None:
    where = chosen(tmp_path)
    assert send(TRIAL, where) == []
    assert not outbox(where).exists()


def test_an_undelivered_message_waits_and_goes_to_the_missing_url_alone(
    tmp_path: Path, hook: Webhook
) -> None:
    port = free_port()
    where = chosen(
        tmp_path, hook.url, f"mailto://127.0.0.1:{port}/?from=r@a.example&to=me@b.example"
    )
    (problem,) = send(TRIAL, where, pauses=(0, 0))
    assert "URL 2 of RANKCHECK_NOTIFY (mailto://…)" in problem
    assert len(hook.got) == 1
    with mailbox(port) as mail:
        assert deliver(where) == []
        assert mail.subjects == ["a title"]
    assert len(hook.got) == 1
    assert list(outbox(where).glob("*.json")) == []


def test_a_failure_is_retried_at_once(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    hook.answer["status"] = 503

    def recover(_seconds: float) -> None:
        if _seconds == 7:
            hook.answer["status"] = 200

    monkeypatch.setattr("flows.operations.notify.time.sleep", recover)
    assert send(TRIAL, chosen(tmp_path, hook.url), pauses=(0, 7)) == []
    assert len(hook.got) == 1


@pytest.mark.parametrize(
    "url",
    [
        "json://hunter2secret.invalid/tokenvalue?q=otherSecret",
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ",
        "nonsense-with-secret-hunter2secret",
    ],
)
def test_no_part_of_a_url_is_shown(
    tmp_path: Path, url: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(f"cannot reach {url}")

    monkeypatch.setattr("requests.post", refuse)
    where = chosen(tmp_path, url)
    shown = "\n".join([*send(TRIAL, where, pauses=(0,)), *problems(where), repr(where)])
    shown += "".join(capfd.readouterr())
    for path in outbox(where).glob("*.json"):
        shown += path.read_text()
    for part in url.replace("://", "/").replace("?", "/").replace("=", "/").split("/")[1:]:
        if len(part) > 3:
            assert part not in shown
    assert "hunter2secret" not in shown


def test_an_old_message_and_a_damaged_file_are_dropped(tmp_path: Path, hook: Webhook) -> None:
    where = chosen(tmp_path, hook.url)
    hook.answer["status"] = 500
    send(TRIAL, where, pauses=(0,))
    (path,) = outbox(where).glob("*.json")
    said = json.loads(path.read_text())
    said["since"] = (datetime.now(UTC) - timedelta(days=4)).isoformat()
    path.write_text(json.dumps(said))
    (outbox(where) / "0-damaged.json").write_text('{"title": "cut o')
    hook.answer["status"] = 200
    assert deliver(where) == []
    assert hook.got == []
    assert list(outbox(where).glob("*.json")) == []


def test_a_url_that_left_the_setting_is_not_written_to(tmp_path: Path, hook: Webhook) -> None:
    hook.answer["status"] = 500
    send(TRIAL, chosen(tmp_path, hook.url), pauses=(0,))
    hook.answer["status"] = 200
    with webhook() as other:
        deliver(chosen(tmp_path, other.url))
        assert other.got == []
    assert hook.got == []


def test_the_setting_lists_urls_separated_by_spaces() -> None:
    assert settings({"RANKCHECK_NOTIFY": " a://x  b://y "}).notify == ("a://x", "b://y")


def test_the_command_sends_a_trial(
    tmp_path: Path, hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", f"duckdb:///{tmp_path}/store.duckdb")
    monkeypatch.delenv("RANKCHECK_NOTIFY", raising=False)
    assert CliRunner().invoke(cli, ["notify"]).exit_code == 2
    monkeypatch.setenv("RANKCHECK_NOTIFY", hook.url)
    assert CliRunner().invoke(cli, ["notify"]).exit_code == 0
    assert hook.got == []
    done = CliRunner().invoke(cli, ["notify", "--test"])
    assert done.exit_code == 0, done.output
    assert hook.titles == ["rankcheck: a test message"]
    monkeypatch.setenv("RANKCHECK_NOTIFY", "no-url")
    assert CliRunner().invoke(cli, ["notify", "--test"]).exit_code == 1
