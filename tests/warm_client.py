"""Run a command in a fork of the warm process, from a shell: `warm_client.py ADDRESS PROGRAM …`.

It imports nothing of ours, so that it starts in no time.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
from collections.abc import Mapping, Sequence

OURS = ("RANKCHECK_", "PYTHONPATH")
"""How the settings begin that rankcheck reads when it is used."""
OF_THE_HUB = ("HF_", "HUGGINGFACE_")
"""How those of the hub's libraries begin, which a fork imports anew where they differ."""
OWN = (*OURS, *OF_THE_HUB)
"""How the settings begin that a fork takes on by itself."""


def order(
    end: socket.socket,
    words: Sequence[str],
    environment: Mapping[str, str],
    folder: str,
    outputs: Sequence[int],
) -> socket.socket:
    """Ask the warm process for a fork; return where it tells its number, then its status.

    Args:
        end: The connection to the process.
        words: The program and its arguments.
        environment: The settings; those in `OWN` are sent.
        folder: The working folder.
        outputs: The descriptors to write output and errors to.
    """
    own = {name: value for name, value in environment.items() if name.startswith(OWN)}
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        message = json.dumps([folder, own, *words]).encode()
        socket.send_fds(end, [message], [*outputs, theirs.fileno()])
    return ours


if __name__ == "__main__":
    _, address, *words = sys.argv
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})  # until there is one to end
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as end:
        end.connect(f"\0{address}")
        end.recv(1 << 16)
        with order(end, words, os.environ, os.getcwd(), (1, 2)) as told:  # noqa: PTH109 - imports
            pid = int(told.recv(1 << 16))
            signal.signal(signal.SIGTERM, lambda number, _: os.kill(pid, number))
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
            status = int(told.recv(1 << 16))
    sys.exit(status if status >= 0 else 128 - status)
