"""Requests that a foreign site makes a browser send, and what every answer carries."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest
from click.testing import CliRunner
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from dashboard.origin_guard import OriginGuard
from flows.cli import cli


async def _page(_request: object) -> PlainTextResponse:
    return PlainTextResponse("rows", headers={"Content-Security-Policy": "default-src *"})


async def _stream(websocket: WebSocket) -> None:
    await websocket.accept()
    await websocket.send_text("rows")
    await websocket.close()


@pytest.fixture
def client() -> TestClient:
    behind = Starlette(routes=[Route("/", _page), WebSocketRoute("/stream", _stream)])
    return TestClient(OriginGuard(behind, ["https://rank.example/"]))


LET_IN = [
    {"host": "127.0.0.1:8501"},
    {"host": "localhost:8501", "origin": "http://localhost:8501"},
    {"host": "[::1]:8501", "origin": "http://[::1]:8501"},
    {"host": "192.168.1.7:8501", "origin": "http://192.168.1.7:8501"},
    {"host": "rank.example", "origin": "https://rank.example"},
    {"host": "127.0.0.1:8501", "origin": "https://rank.example"},  # a proxy that renames the host
]
REFUSED = [
    {"host": "evil.example", "origin": "http://evil.example"},
    {"host": "evil.example:8501", "origin": "http://evil.example:8501"},
    {"host": "127.0.0.1.evil.example"},
    {"host": "localhost.evil.example"},
    {"host": "rank.example.evil.example"},
    {"host": "evil.example@127.0.0.1:8501"},
    {"host": "127.0.0.1:8501/x"},
    {"host": "127.0.0.1:x"},
    {"host": ""},
    {"host": "127.0.0.1:8501", "origin": "http://evil.example"},
    {"host": "127.0.0.1:8501", "origin": "http://127.0.0.1:9999"},  # another server of this machine
    {"host": "127.0.0.1:8501", "origin": "http://localhost:8501"},
    {"host": "127.0.0.1:8501", "origin": "null"},
    {"host": "127.0.0.1:8501", "origin": "http://rank.example"},
]


@pytest.mark.parametrize("headers", LET_IN, ids=str)
def test_addresses_of_the_dashboard_are_answered(
    client: TestClient, headers: dict[str, str]
) -> None:
    assert client.get("/", headers=headers).text == "rows"
    with client.websocket_connect("/stream", headers=headers) as stream:
        assert stream.receive_text() == "rows"


@pytest.mark.parametrize("headers", REFUSED, ids=str)
def test_a_foreign_host_or_origin_is_refused(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/", headers=headers)
    assert (answer.status_code, "rows" in answer.text) == (403, False)
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/stream", headers=headers):
        pass


def test_two_hosts_are_refused(client: TestClient) -> None:
    two = [("host", "127.0.0.1"), ("host", "evil.example")]
    assert client.get("/", headers=two).status_code == 403


def test_every_answer_forbids_frames_and_foreign_scripts(client: TestClient) -> None:
    for host in ("127.0.0.1", "evil.example"):
        headers = client.get("/", headers={"host": host}).headers
        policies = headers.get_list("content-security-policy")
        assert len(policies) == 1
        assert "frame-ancestors 'none'" in policies[0]
        assert policies[0].startswith("default-src 'self';")
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    "origin", ["rank.example", "ftp://rank.example", "https://a@b", "https://"]
)
def test_an_origin_that_is_none_is_refused(origin: str) -> None:
    done = CliRunner().invoke(cli, ["dashboard", "--origin", origin])
    assert done.exit_code == 2
    assert "must be the address of a site" in done.output


def _status(address: str, headers: str) -> str:
    """Ask for the stream of a dashboard, with other headers than a library would send."""
    place = urlsplit(address)
    with socket.create_connection((str(place.hostname), int(place.port or 80)), 20) as plain:
        upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
        key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        request = f"GET /_stcore/stream HTTP/1.1\r\n{headers}{upgrade}{key}\r\n"
        plain.sendall(request.encode())
        return plain.recv(64).split(b"\r\n")[0].decode()


@pytest.mark.browser
def test_the_real_server_opens_its_stream_to_its_own_pages_alone(address_of_full: str) -> None:
    host = urlsplit(address_of_full).netloc
    assert "101" in _status(address_of_full, f"Host: {host}\r\nOrigin: http://{host}\r\n")
    for headers in (
        "Host: evil.example\r\nOrigin: http://evil.example\r\n",
        f"Host: {host}\r\nOrigin: http://127.0.0.1:9\r\n",
        f"Host: {host}\r\nOrigin: http://evil.example\r\n",
    ):
        assert "403" in _status(address_of_full, headers), headers
