"""Identity tokens of the dashboard's sign-in, from a real provider with keys of its own."""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.testclient import TestClient

from dashboard.api import __main__ as server
from dashboard.api import identity
from dashboard.api.identity import Identities, identities_of
from tests.dashboard.api.conftest import client_of
from tests.dashboard.api.test_command import serving
from tests.dashboard.provider import _Provider, provider

TOKEN = "a-token-of-32-letters-and-digits"
ME = {"email": "me@example.org", "email_verified": True}


@pytest.fixture
def known() -> Iterator[_Provider]:
    """A provider with whom we are signed in."""
    with provider() as server:
        server.person = dict(ME)
        yield server


def _identities(known: _Provider, *allowed: str) -> Identities:
    metadata = f"{known.address}/.well-known/openid-configuration"
    return Identities(metadata, "rankcheck", allowed or ("me@example.org",))


@pytest.fixture
def client(empty: str, known: _Provider) -> TestClient:
    """A client of an API with a token and this provider's identities."""
    return client_of(empty, token=TOKEN, identities=_identities(known))


def _part(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _answer(client: TestClient, token: str) -> tuple[int, str]:
    sent = f"Bearer {token}".encode("latin-1")
    answer = client.get("/boards", headers={"authorization": sent})
    assert len(token) < 10 or token not in answer.text
    return answer.status_code, answer.json().get("detail", "")


def test_whom_the_dashboard_lets_in_may_call_with_an_identity_token(
    client: TestClient, known: _Provider
) -> None:
    assert _answer(client, known.identity_token()) == (200, "")
    assert _answer(client, known.identity_token(aud=["rankcheck"])) == (200, "")
    both = {"aud": ["rankcheck", "other"], "azp": "rankcheck"}
    assert _answer(client, known.identity_token(**both)) == (200, "")
    assert _answer(client, TOKEN) == (200, "")  # the API's own token counts as before
    assert known.asked == 1
    assert client.get("/health").status_code == 200


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"aud": "another-client"}, "InvalidClaimError"),
        ({"aud": ["other", "rankcheck"]}, "another client"),
        ({"aud": ["other", "rankcheck"], "azp": "other"}, "another client"),
        ({"aud": None}, "MissingClaimError"),
        ({"iss": "https://accounts.example"}, "InvalidClaimError"),
        ({"iss": None}, "MissingClaimError"),
        ({"exp": -120}, "expired"),
        ({"exp": None}, "MissingClaimError"),
        ({"exp": "never"}, "InvalidClaimError"),
        ({"nbf": 3600}, "InvalidClaimError"),
        ({"iat": 3600}, "InvalidClaimError"),
    ],
    ids=str,
)
def test_token_of_another_client_issuer_or_time_opens_nothing(
    client: TestClient, known: _Provider, claims: dict[str, Any], why: str
) -> None:
    """A number stands for a time so many seconds from now, as test names may not hold the time."""
    now = int(time.time())
    told = {key: now + value if isinstance(value, int) else value for key, value in claims.items()}
    status, detail = _answer(client, known.identity_token(**told))
    assert status == 401
    assert why in detail


@pytest.mark.parametrize(
    "person",
    [
        {"email": "you@example.org"},
        {"email": "me@example.org", "email_verified": False},
        {"email": None},
    ],
    ids=str,
)
def test_person_who_is_not_on_the_list_is_forbidden(
    client: TestClient, known: _Provider, person: dict[str, Any]
) -> None:
    status, detail = _answer(client, known.identity_token(**person))
    assert status == 403
    assert "is not on the list `allowed`" in detail


def test_token_that_the_provider_did_not_sign_opens_nothing(
    client: TestClient, known: _Provider
) -> None:
    own = RSAKey.generate_key(2048, {"kid": known.key.kid})
    claims = jwt.decode(known.identity_token(), known.key).claims
    forged = jwt.encode({"alg": "RS256", "kid": own.kid}, claims, own)
    public = known.key.as_pem(private=False)
    head, body, signature = known.identity_token().split(".")
    named = _part(json.dumps({"alg": "HS256", "kid": own.kid}).encode())
    secret = hmac.digest(public, f"{named}.{body}".encode(), "sha256")
    shared = f"{named}.{body}.{_part(secret)}"  # the public key as a secret that both know
    unsigned = "eyJhbGciOiJub25lIn0." + body + "."
    changed = f"{head}.{body[:-4]}AAAA.{signature}"
    for token in (forged, shared, unsigned, changed, "x", "a.b.c", "é", "." * 20_000):
        status, _ = _answer(client, token)
        assert status == 401, token
    assert known.asked == 1


def test_new_key_of_the_provider_is_found_and_unknown_ones_cannot_make_it_busy(
    client: TestClient, known: _Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert _answer(client, known.identity_token())[0] == 200
    known.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig", "alg": "RS256"})
    for _ in range(3):
        assert "not signed by a key" in _answer(client, known.identity_token())[1]
    assert known.asked == 1
    monkeypatch.setattr(identity, "_SOONEST", 0.0)  # as half a minute later
    assert _answer(client, known.identity_token())[0] == 200
    assert known.asked == 2


def test_provider_that_does_not_answer_is_not_a_wrong_token(empty: str) -> None:
    with provider() as gone:
        token = gone.identity_token(**ME)
        client = client_of(empty, identities=_identities(gone))
    answer = client.get("/boards", headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 503
    assert "cannot be read" in answer.json()["detail"]
    assert client.get("/boards").status_code == 401


def test_keys_that_are_known_count_while_the_provider_is_away(
    empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with provider() as known:
        token = known.identity_token(**ME)
        client = client_of(empty, identities=_identities(known))
        assert _answer(client, token)[0] == 200
    monkeypatch.setattr(identity, "_KEPT", -1.0)  # as an hour later
    monkeypatch.setattr(identity, "_SOONEST", 0.0)
    assert _answer(client, token)[0] == 200


def test_metadata_of_another_issuer_opens_nothing(empty: str, known: _Provider) -> None:
    elsewhere = f"http://localhost:{known.server_port}/.well-known/openid-configuration"
    client = client_of(empty, identities=Identities(elsewhere, "rankcheck", ["*"]))
    answer = client.get(
        "/boards", headers={"authorization": f"Bearer {known.identity_token(**ME)}"}
    )
    assert answer.status_code == 503
    assert "speaks for another issuer" in answer.json()["detail"]


@pytest.mark.parametrize("address", ["http://accounts.example/x", "ftp://127.0.0.1/x", "here"])
def test_provider_without_https_is_refused(address: str) -> None:
    with pytest.raises(ValueError, match="must begin with https"):
        Identities(address, "rankcheck", ["*"])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[auth", "cannot be read"),
        ("[other]", "must set server_metadata_url, client_id"),
        ("[auth]\nclient_id = 'x'", "must set server_metadata_url"),
        ("[auth]\nserver_metadata_url = 'https://x'", "must set client_id"),
        ("[auth]\nclient_id = 'x'\nserver_metadata_url = 'https://x'", "a list `allowed`"),
    ],
)
def test_file_of_sign_in_that_lacks_something_is_refused(
    tmp_path: Path, text: str, why: str
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(text)
    with pytest.raises(ValueError, match=why):
        identities_of(file)


def test_command_takes_the_file_of_the_dashboard(
    empty: str, known: _Provider, warm_words: list[str], tmp_path: Path
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text(
        f"""
        [auth]
        client_id = "rankcheck"
        server_metadata_url = "{known.address}/.well-known/openid-configuration"
        [rankcheck]
        allowed = ["@example.org"]
        """
    )
    file.chmod(0o600)
    log = tmp_path / "log"
    with serving(empty, log, None, "--secrets", str(file), start=warm_words) as address:
        signed = {"authorization": f"Bearer {known.identity_token()}"}
        assert httpx.get(f"{address}/boards", headers=signed).status_code == 200
        assert httpx.get(f"{address}/boards").status_code == 401
    assert "token required" in log.read_text()


def test_a_server_does_not_start_with_a_file_that_lacks_sign_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "secrets.toml"
    file.write_text("[other]\n")
    file.chmod(0o644)
    with pytest.raises(SystemExit, match=r"\[auth\] in .* must set"):
        server._identities(file)
    assert f"run chmod 600 {file}" in capsys.readouterr().err
