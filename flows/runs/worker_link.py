"""Connect a plan run with its worker processes by TCP, on this machine and between machines.

Both ends prove that they know the plan run's key, by the challenge of `multiprocessing`; after that
each message is an object of JSON, and nothing is unpickled. The connection is also the sign of
life: the kernel ends it with either process, and within a minute when a machine is gone.
"""

from __future__ import annotations

import json
import os
import platform
import secrets
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, answer_challenge, deliver_challenge
from pathlib import Path
from typing import Any, NamedTuple

import psutil

_CONNECT_SECONDS = 5.0
"""Time for each address of the plan run's machine; some may lie in networks of its own."""

_PROOF_SECONDS = 60.0
"""Time for the first word of whoever answers there, which may be no plan run, or a busy one."""

# As between machines and the store's server (db/machine_locks.py): 15 + 3 * 10 seconds. The last is
# in milliseconds, for a machine that vanishes while it is being sent something.
_KEEPALIVE = {
    "TCP_KEEPIDLE": 15,
    "TCP_KEEPINTVL": 10,
    "TCP_KEEPCNT": 3,
    "TCP_USER_TIMEOUT": 45_000,
}


class LinkError(ConnectionError):
    """A worker process cannot reach its plan run."""


class Call(NamedTuple):
    """How a worker process reaches its plan run.

    Attributes:
        hosts: Addresses of the plan run's machine, tried in this order.
        port: Its port.
        key: The key that both ends know, as hexadecimal digits.
        prefect_url: Prefect's server of the plan run, which other machines may not reach.
    """

    hosts: tuple[str, ...]
    port: int
    key: str
    prefect_url: str = ""


class Link:
    """One end of a connection."""

    def __init__(self, open_socket: socket.socket) -> None:
        _keep_alive(open_socket)
        self._connection = Connection(open_socket.detach())
        self._sending = threading.Lock()

    def prove(self, key: str, *, first: bool) -> None:
        """Prove to know the key, and have the other end prove it.

        Args:
            key: The key.
            first: Whether this end asks first; exactly one of the two does.

        Raises:
            AuthenticationError: The other end has another key.
            EOFError: The other end left.
            OSError: Likewise.
        """
        secret = bytes.fromhex(key)
        if first:
            deliver_challenge(self._connection, secret)
            answer_challenge(self._connection, secret)
        else:
            if not self._connection.poll(_PROOF_SECONDS):
                raise TimeoutError("what answers there says nothing")
            answer_challenge(self._connection, secret)
            deliver_challenge(self._connection, secret)

    def send(self, **message: Any) -> None:
        """Send a message; one to an end that has left is dropped."""
        with self._sending:
            self._send(message)

    def send_at_once(self, **message: Any) -> None:
        """Send a message from a handler of a signal, unless another is being sent.

        The handler may have interrupted its own thread while that was sending.
        """
        if self._sending.acquire(blocking=False):
            try:
                self._send(message)
            finally:
                self._sending.release()

    def _send(self, message: dict[str, Any]) -> None:
        with suppress(OSError):
            self._connection.send_bytes(json.dumps(message).encode())

    def receive(self) -> dict[str, Any] | None:
        """Wait for a message; None when the other end has left."""
        try:
            return dict(json.loads(self._connection.recv_bytes()))
        except (EOFError, OSError, ValueError):
            return None

    def close(self) -> None:
        """End the connection, which wakes a thread that waits for a message."""
        with (
            suppress(OSError),
            socket.socket(fileno=os.dup(self._connection.fileno())) as same,
        ):
            same.shutdown(socket.SHUT_RDWR)


class Exchange:
    """The plan run's end: where worker processes call.

    Args:
        heard: Called with each link and its first message, in a thread of that link, which ends it.
        everywhere: Listen to other machines too; otherwise only to this one.
    """

    def __init__(self, heard: Callable[[Link, dict[str, Any]], None], *, everywhere: bool) -> None:
        self._listener = socket.create_server(("" if everywhere else "127.0.0.1", 0))
        hosts = _own_addresses() if everywhere else ("127.0.0.1",)
        port = self._listener.getsockname()[1]
        prefect_url = os.environ.get("PREFECT_API_URL", "")
        self.call = Call(hosts, port, secrets.token_hex(32), prefect_url)
        self._heard = heard
        threading.Thread(target=self._accept, name="exchange", daemon=True).start()

    def __enter__(self) -> Exchange:
        return self

    def __exit__(self, *_error: object) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # close alone does not wake the thread
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:  # closed
                return
            threading.Thread(target=self._hear, args=(accepted,), daemon=True).start()

    def _hear(self, accepted: socket.socket) -> None:
        link = Link(accepted)
        try:
            link.prove(self.call.key, first=True)
            if (message := link.receive()) is not None:
                self._heard(link, message)
        except (AuthenticationError, EOFError, OSError):
            pass  # somebody else: nothing is told to them
        finally:
            link.close()


def connect(call: Call) -> Link:
    """Connect a worker process with its plan run.

    Raises:
        LinkError: None of its addresses leads to the plan run.
    """
    problems = []
    for host in call.hosts:
        try:
            reached = socket.create_connection((host, call.port), timeout=_CONNECT_SECONDS)
            reached.settimeout(None)  # a timeout would make the file descriptor non-blocking
            link = Link(reached)
            link.prove(call.key, first=False)
            return link
        except (AuthenticationError, EOFError, OSError) as error:
            problems.append(f"{host}: {error or type(error).__name__}")
    raise LinkError(
        f"{platform.node()} must reach the plan run on port {call.port}: open it between the"
        f" machines, or see whether the plan run has ended ({'; '.join(problems)})"
    )


def machine() -> str:
    """Return what names this machine, and changes when it is started again."""
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        return f"{platform.node()} {boot}"
    return platform.node()


def _own_addresses() -> tuple[str, ...]:
    """Return this machine's IPv4 addresses, the one of the machine itself last."""
    states = psutil.net_if_stats()
    found = [
        address.address
        for name, addresses in psutil.net_if_addrs().items()
        if name in states and states[name].isup
        for address in addresses
        if address.family == socket.AF_INET
    ]
    others = [address for address in found if not address.startswith("127.")]
    return (*others, "127.0.0.1")


def _keep_alive(open_socket: socket.socket) -> None:
    open_socket.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    open_socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):  # macOS has other names
            open_socket.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
