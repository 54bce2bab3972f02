"""The command line in forks of one process that has imported it, since imports take seconds.

Only what a program imports is shared. Every fork is a process of its own with its own settings,
working folder, output and exit status, and it ends as any other process does.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Protocol

from tests import shared_process
from tests.shared_process import ROOT
from tests.warm_client import OURS, OWN, order


class _Reader(threading.Thread):
    """Reads a stream to its end, so that its writer need not wait."""

    def __init__(self, stream: IO[str]) -> None:
        super().__init__(daemon=True)
        self._stream = stream
        self.text = ""
        self.start()

    def run(self) -> None:
        with self._stream:
            self.text = self._stream.read()


class Started:
    """A command that runs in a fork, used as a `subprocess.Popen` is.

    Attributes:
        args: The program and its arguments.
        pid: Its process, which leads a session of its own. As a child's, its number is no other's
            before its end was waited for.
        returncode: None until its end was waited for.
    """

    def __init__(self, args: Sequence[str], control: socket.socket, outputs: Sequence[int]) -> None:
        self.args = list(args)
        self.returncode: int | None = None
        self.stdout, self.stderr = (os.fdopen(output, encoding="utf-8") for output in outputs)
        self._control = control
        self._readers: list[_Reader] = []
        self.pid = int(control.recv(shared_process.MESSAGE_BYTES))

    def wait(self, timeout: float | None = None) -> int:
        if self.returncode is None:
            self._control.settimeout(timeout)
            try:
                self.returncode = int(self._control.recv(shared_process.MESSAGE_BYTES))
            except (TimeoutError, BlockingIOError):
                raise subprocess.TimeoutExpired(self.args, timeout or 0) from None
            self._control.shutdown(socket.SHUT_WR)
            self._control.settimeout(None)
            with self._control:
                self._control.recv(1)  # the end of the one who waits for it
        return self.returncode

    def poll(self) -> int | None:
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Return all that it wrote until its end and nobody had read, again if asked again.

        Raises:
            subprocess.TimeoutExpired: It has not ended after so many seconds.
        """
        if not self._readers:
            self._readers = [_Reader(self.stdout), _Reader(self.stderr)]
        self.wait(timeout)
        for reader in self._readers:
            reader.join()
        return self._readers[0].text, self._readers[1].text

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class StartCode(Protocol):
    """Start Python code, with arguments, in a process of its own."""

    def __call__(self, code: str, *arguments: str) -> Started: ...


class Warm:
    """A process to fork commands from.

    Attributes:
        environment: Its settings, those of every fork except for those in `OWN`.
    """

    def __init__(self, environment: Mapping[str, str], end: socket.socket) -> None:
        self.environment = environment
        self._end = end

    def can_run_with(self, environment: Mapping[str, str]) -> bool:
        """Return whether settings differ only in those that a fork takes on by itself."""
        names = environment.keys() | self.environment.keys()
        return all(
            environment.get(name) == self.environment.get(name)
            for name in names
            if not name.startswith(OWN)
        )

    def start(
        self,
        program: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path = ROOT,
    ) -> Started:
        """Start a program as `subprocess.Popen` does, with pipes.

        Args:
            program: A module that `python -m` would run, or `-c`, whose first argument is code.
            arguments: Its arguments.
            environment: Its settings.
            folder: Its working folder; of a copy of the project, the copy is run.
        """
        pipes = [os.pipe() for _ in range(2)]
        return self._start(program, arguments, environment, folder, pipes)

    def run(
        self,
        program: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        timeout: float,
        folder: Path = ROOT,
    ) -> subprocess.CompletedProcess[str]:
        """Run a program as `subprocess.run` does, capturing its output; arguments as in `start`."""
        # Files, not pipes: what it leaves running may hold these open.
        files = [os.memfd_create(name) for name in ("stdout", "stderr")]
        started = self._start(
            program, arguments, environment, folder, [(os.dup(file), file) for file in files]
        )
        late = False
        try:
            status = started.wait(timeout)
        except subprocess.TimeoutExpired:
            late = True
            os.killpg(started.pid, signal.SIGKILL)
            status = started.wait()
        stdout, stderr = (_text(output) for output in (started.stdout, started.stderr))
        if late:
            raise subprocess.TimeoutExpired(list(arguments), timeout, stdout, stderr)
        return subprocess.CompletedProcess(list(arguments), status, stdout, stderr)

    def _start(
        self,
        program: str,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        folder: Path,
        outputs: Sequence[tuple[int, int]],
    ) -> Started:
        """Start a command that writes to the second of each pair; the first is read here."""
        written = [write for _, write in outputs]
        words = [program, *arguments]
        told = order(self._end, words, environment, str(folder), written)
        for write in written:
            os.close(write)
        return Started(words, told, [read for read, _ in outputs])


def _text(output: IO[str]) -> str:
    with output:
        output.seek(0)
        return output.read()


@contextmanager
def warmed(place: Path, environment: Mapping[str, str]) -> Iterator[Warm]:
    """Join the process to fork commands from, at a place in the folder that workers share."""
    environment = {k: v for k, v in environment.items() if not k.startswith(OURS)}
    end, _ = shared_process.join(place, "tests.warm_server", environment=environment)
    with end:
        yield Warm(environment, end)
