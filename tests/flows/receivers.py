"""A webhook and a mail server on this machine, which keep what they are sent."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

from aiosmtpd.controller import Controller


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Webhook(NamedTuple):
    """A webhook: its URL for apprise, what it got, and the status it answers with."""

    url: str
    got: list[dict[str, Any]]
    answer: dict[str, int]

    @property
    def titles(self) -> list[str]:
        return [each["title"] for each in self.got]


@contextmanager
def webhook() -> Iterator[Webhook]:
    got: list[dict[str, Any]] = []
    answer = {"status": 200}

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            if answer["status"] < 300:
                got.append(body)
            self.send_response(answer["status"])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Webhook(f"json://127.0.0.1:{server.server_port}/hook-s3cret", got, answer)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mailbox(NamedTuple):
    """A mail server: its URL for apprise, and the subjects of what it got."""

    url: str
    subjects: list[str]


@contextmanager
def mailbox(port: int) -> Iterator[Mailbox]:
    subjects: list[str] = []

    class Keep:
        async def handle_DATA(self, _server: object, _session: object, envelope: Any) -> str:
            subject = message_from_bytes(envelope.content)["Subject"]
            subjects.append(str(make_header(decode_header(subject))))
            return "250 OK"

    controller = Controller(Keep(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield Mailbox(
            f"mailto://127.0.0.1:{port}/?from=rankcheck@a.example&to=me@b.example", subjects
        )
    finally:
        controller.stop()
