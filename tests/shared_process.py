"""A process that the workers of a test run share: the first starts it, it ends with the last."""

from __future__ import annotations

import os
import selectors
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from filelock import FileLock

ROOT = Path(__file__).parents[1]
MESSAGE_BYTES = 1 << 16
_MOST_DESCRIPTORS = 3


def join(
    place: Path, module: str, *arguments: str, environment: Mapping[str, str]
) -> tuple[socket.socket, str]:
    """Return a connection to the process of a module, and what it greets with.

    Args:
        place: A path in a folder that the workers share; a file beside it is locked.
        module: What `python -m` runs with the place and the arguments; it calls `serve`.
    """
    with FileLock(f"{place}.lock"):
        if joined := _connect(place):
            return joined
        command = [sys.executable, "-m", module, str(place), *arguments]
        subprocess.run(
            command, check=True, env=environment, cwd=ROOT, stdin=subprocess.DEVNULL, timeout=240
        )
        joined = _connect(place)
        assert joined is not None
        return joined


def _connect(place: Path) -> tuple[socket.socket, str] | None:
    end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    try:
        end.connect(f"\0{address(place)}")
        if greeting := end.recv(MESSAGE_BYTES):
            return end, greeting.decode()
    except OSError:  # nobody is there, or it is ending
        pass
    end.close()
    return None


def address(place: Path) -> str:
    """Return the abstract name of its socket, no file: paths of sockets must be short."""
    return f"rankcheck-{sha256(str(place).encode()).hexdigest()[:24]}"


def serve(place: Path, prepare: Callable[[], str]) -> Iterator[tuple[bytes, Sequence[int]]]:
    """Yield each message with its descriptors, until no one who joined is left.

    The process that called goes on as a child of nobody; the caller's ends when it can be joined.

    Args:
        prepare: What is done before anyone joins; it returns the greeting.
    """
    read, write = os.pipe()
    if os.fork():
        os.close(write)
        os._exit(0 if os.read(read, 1) else 1)
    os.close(read)
    os.setsid()
    greeting = prepare()
    with (
        selectors.DefaultSelector() as watched,
        socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener,
    ):
        listener.bind(f"\0{address(place)}")
        listener.listen(128)
        watched.register(listener, selectors.EVENT_READ)
        os.write(write, b"!")
        os.close(write)
        try:
            while True:
                for key, _ in watched.select():
                    assert isinstance(key.fileobj, socket.socket)
                    end = key.fileobj
                    if end is listener:
                        joined, _ = listener.accept()
                        watched.register(joined, selectors.EVENT_READ)
                        joined.send(greeting.encode())
                        continue
                    message, descriptors, _, _ = socket.recv_fds(
                        end, MESSAGE_BYTES, _MOST_DESCRIPTORS
                    )
                    if message:
                        yield message, descriptors
                        continue
                    watched.unregister(end)
                    end.close()
                    if len(watched.get_map()) == 1:  # the listener is left
                        return
        finally:
            for key in watched.get_map().values():
                assert isinstance(key.fileobj, socket.socket)
                key.fileobj.close()
