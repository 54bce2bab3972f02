"""Signing in: who is let in, what a faulty setting does, and the way through a real provider."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard import sign_in
from dashboard.admission import admitted
from dashboard.sign_in import faults
from flows.commands import dashboard as command
from tests.dashboard.look import everything
from tests.dashboard.served import BROWSER, browser, free_port, served_on, settled

GOOD = {
    "auth": dict.fromkeys(sign_in.NEEDED, "x" * 40),
    "rankcheck": {"allowed": ["me@example.org", "@example.com"]},
}


@pytest.mark.parametrize(
    ("who", "let_in"),
    [
        ({"email": "me@example.org"}, True),
        ({"email": " ME@Example.ORG "}, True),
        ({"email": "anyone@example.com", "email_verified": True}, True),
        ({"email": "anyone@example.com", "email_verified": False}, False),
        ({"email": "you@example.org"}, False),
        ({"email": "me@example.com.evil.example"}, False),
        ({"email": "me@example.org@evil.example"}, False),
        ({"email": "example.com"}, False),
        ({"email": ""}, False),
        ({"email": None}, False),
        ({"email": ["me@example.org"]}, False),
        ({"name": "me@example.org"}, False),
        ({}, False),
    ],
)
def test_only_verified_addresses_on_the_list_come_in(who: dict[str, object], let_in: bool) -> None:
    assert admitted(who, GOOD["rankcheck"]["allowed"]) == let_in


def test_star_lets_in_whom_the_provider_knows_and_an_empty_list_nobody() -> None:
    assert admitted({"sub": "1"}, ["*"])
    assert not admitted({"email": "me@example.org"}, [])


def test_each_missing_setting_is_named() -> None:
    pytest.importorskip("authlib")
    assert faults(GOOD) == ""
    for name in sign_in.NEEDED:
        assert name in faults({**GOOD, "auth": {**GOOD["auth"], name: ""}})
    assert "at least 32 random characters, got 5" in faults(
        {**GOOD, "auth": {**GOOD["auth"], "cookie_secret": "short"}}
    )
    for allowed in ({}, {"allowed": "me@example.org"}, {"allowed": [1]}):
        assert "allowed" in faults({**GOOD, "rankcheck": allowed})
    assert "allowed" in faults({"auth": GOOD["auth"]})
    assert "client_id" in faults({"auth": "yes"})


def test_who_is_not_signed_in_sees_nothing(
    open_page, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "secrets", lambda: GOOD)
    for screen in ("home", "sql"):
        app = open_page(full, screen)
        assert not app.exception
        assert [button.label for button in app.button] == ["Sign in"]
        assert not app.dataframe
        assert "SampleEN" not in everything(app)


def test_faulty_setting_lets_nobody_in(
    open_page, full: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "secrets", lambda: {"auth": {}})
    app = open_page(full)
    assert not app.exception
    assert "nobody is admitted" in everything(app)
    assert not app.button
    assert not app.dataframe


@pytest.fixture
def started(full: str, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    calls: list[list[str]] = []
    monkeypatch.setenv("RANKCHECK_STORE", full)  # without boards, a process would write some
    monkeypatch.setattr(os, "execve", lambda program, given, environ: calls.append(given))
    # It starts a process that only outlives the command because the command becomes the server.
    monkeypatch.setattr(command, "show_bundled_boards", lambda: None)
    monkeypatch.setattr(command.Path, "home", lambda: Path("/nonexistent"))
    return calls


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.7"])
def test_this_machine_alone_needs_no_warning(started: list[list[str]], host: str) -> None:
    done = CliRunner().invoke(command.command, ["--host", host])
    assert done.exit_code == 0
    assert "WARNING" not in done.output
    assert started[0][started[0].index("--server.address") + 1] == host


@pytest.mark.parametrize("host", ["::", "192.0.2.7", "a-name.example"])
def test_any_other_address_warns_that_everybody_can_read(
    started: list[list[str]], host: str
) -> None:
    done = CliRunner().invoke(command.command, ["--host", host])
    assert "WARNING" in done.output
    assert "anyone who can reach this address can read the whole store" in done.output.replace(
        "\n", " "
    )
    assert started


def test_sign_in_takes_the_warning_away(started: list[list[str]], tmp_path: Path) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("[auth]\nclient_id = 'x'\n")
    file.chmod(0o644)
    done = CliRunner().invoke(command.command, ["--host", "::", "--secrets", str(file)])
    assert "WARNING" not in done.output
    assert "sign-in required" in done.output
    assert "chmod 600" in done.output
    assert str(file) in started[0]


@pytest.mark.parametrize("text", ["", "[auth\n", "[other]\n"])
def test_secrets_without_sign_in_are_refused(
    started: list[list[str]], tmp_path: Path, text: str
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(text)
    done = CliRunner().invoke(command.command, ["--host", "::", "--secrets", str(file)])
    assert done.exit_code != 0
    assert not started


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium")
def test_way_through_a_provider_and_back(full: str, warm_words: list[str], tmp_path: Path) -> None:
    pytest.importorskip("authlib")
    from tests.dashboard.provider import provider

    port = free_port()
    file = tmp_path / "secrets.toml"
    with provider() as known:
        file.write_text(
            f"""
            [auth]
            redirect_uri = "http://127.0.0.1:{port}/oauth2callback"
            cookie_secret = "{secrets.token_hex(32)}"
            client_id = "rankcheck"
            client_secret = "known to both"
            server_metadata_url = "{known.address}/.well-known/openid-configuration"
            [rankcheck]
            allowed = ["me@example.org"]
            """
        )
        file.chmod(0o600)
        log = tmp_path / "log"
        with (
            served_on(port, full, log, "--secrets", str(file), start=warm_words) as address,
            browser() as chromium,
        ):
            page = chromium.new_page()
            for person, let_in in (("you@example.org", False), ("me@example.org", True)):
                known.person = {"email": person, "email_verified": True}
                page.goto(f"{address}/sql")
                settled(page)
                assert page.get_by_label("Query").count() == 0
                page.get_by_role("button", name="Sign in").click()
                page.get_by_text(person).first.wait_for()
                settled(page)
                assert (
                    page.get_by_text("on the list of users of this dashboard").count() == 0
                ) == let_in
                page.goto(f"{address}/sql")
                page.get_by_role("button", name="Sign out").wait_for()
                settled(page)
                assert (page.get_by_label("Query").count() == 1) == let_in
                page.get_by_role("button", name="Sign out").click()
                page.get_by_role("button", name="Sign in").wait_for()
                page.context.clear_cookies()  # a computer that neither was signed in on
        assert "Traceback" not in log.read_text(), sys.stderr.write(log.read_text())
