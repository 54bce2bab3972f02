"""The command line in forks of one process that has imported it, since imports take seconds.

Only what a program imports is shared. Every fork is a process of its own with its own settings,
working folder, output and exit status, and it ends as any other process does.
"""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.machinery import PathFinder
from pathlib import Path
from typing import IO, NoReturn, Protocol

import flows
from evaluators import discovery
from flows.cli import COMMANDS
from tests import shared_process
from tests.shared_process import ROOT
from tests.warm_client import OF_THE_HUB, OURS, OWN, order

IMPORTED = (
    *("alembic.command", "pandas", "pyarrow.parquet", "sqlalchemy.dialects.postgresql"),
    *("prefect.flow_engine", "prefect.main", "flows.nightly", "evaluators.sts.session"),
    *("transformers.convert_slow_tokenizer", "transformers.models.bert.modeling_bert"),
    *("transformers.tokenization_utils_tokenizers", "transformers.models.bert.tokenization_bert"),
    "transformers.models.auto.tokenization_auto",
    # What `datasets` imports, which cannot be imported twice itself.
    *("fsspec.implementations.dirfs", "multiprocess.pool", "pyarrow.dataset", "pyarrow.json"),
    *("tqdm.contrib.concurrent", "xxhash"),
    # What a plan run imports after it has started.
    *("db.dictionary", "db.engines.file", "db.leaderboards", "db.published", "db.rerank"),
    *("evaluators.sts.evaluator", "fastapi.encoders", "flows.boards.facts"),
    *("flows.boards.measured", "prefect.utilities.visualization"),
    *("flows.inputs.pairs", "flows.judging.claims", "flows.prefect_server"),
    *("flows.reports.claims", "flows.runs.checkpoint_names", "prefect.task_engine"),
    # What serves pages and the API.
    *("altair", "fastapi.applications", "requests", "streamlit.web.bootstrap"),
    *("streamlit.web.cli", "uvicorn.protocols.http.httptools_impl"),
)
FOLDERS = (COMMANDS, "evaluators.claims", "evaluators.tasks")
PACKAGES = ("dashboard", "db", "evaluators", "flows")
HUB_LIBRARIES = ("datasets", "huggingface_hub", "sentence_transformers", "transformers")
"""Libraries that read the hub's settings when they are imported."""


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
    end, _ = shared_process.join(place, "tests.warm", environment=environment)
    with end:
        yield Warm(environment, end)


def _import_everything() -> str:
    """Import what a plan run does: our modules, and what libraries import when first used."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends pytest, and the socket with it
    # What `rankcheck run` sets before it imports Prefect.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    for name in IMPORTED:
        importlib.import_module(name)
    for folder in FOLDERS:
        for name in discovery.files(folder):
            discovery.load(folder, name)
    # What a library works out when it loads its first model.
    conversions = importlib.import_module("transformers.conversion_mapping")
    conversions.get_checkpoint_conversion_mapping("bert")
    # The half of `duckdb` that starts no thread, which a fork would lack, and what that imports.
    for name in ("importlib.metadata", "_duckdb"):
        importlib.import_module(name)
    assert "duckdb" not in sys.modules
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)  # as in the workers
    return "imported"


def _serve(place: Path) -> str:
    """Fork a process for every command that is sent; return the program in each of these."""
    served = shared_process.serve(place, _import_everything)
    for message, received in served:
        *outputs, told = received
        if os.fork() == 0:
            served.close()
            control = socket.socket(fileno=told)
            if (pid := os.fork()) == 0:
                return _become(message, outputs, control)
            for output in outputs:
                os.close(output)
            _tell_end(pid, control)
        for descriptor in received:
            os.close(descriptor)
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
    sys.exit()


def _tell_end(pid: int, control: socket.socket) -> NoReturn:
    """Wait for a command's end and tell the one who started it."""
    ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert ended is not None
    killed = ended.si_code != os.CLD_EXITED
    with suppress(BrokenPipeError):  # who started it is gone
        control.send(str(-ended.si_status if killed else ended.si_status).encode())
        control.recv(1)  # nobody else gets the number of the process until the end was heard of
    os.waitpid(pid, 0)
    os._exit(0)


def _become(message: bytes, outputs: Sequence[int], control: socket.socket) -> str:
    """Take a command's arguments, settings and outputs; return its program."""
    os.setsid()
    with control:
        control.send(str(os.getpid()).encode())
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for output, standard in zip(outputs, (1, 2), strict=True):
        os.dup2(output, standard)
        os.close(output)
    folder, settings, program, *arguments = json.loads(message)
    _import_duckdb()
    _take_on(folder, settings)
    sys.argv[1:] = arguments
    os.execve = _go_on_as
    return str(program)


def _import_duckdb() -> None:
    from tests import frugal_duckdb

    frugal_duckdb.use()


def _take_on(folder: str, settings: Mapping[str, str]) -> None:
    """Take on a working folder and settings, and forget what was imported under others."""
    before = {name: value for name, value in os.environ.items() if name.startswith(OWN)}
    for name in before:
        del os.environ[name]
    os.environ.update(settings)
    changed = {name for name, _ in before.items() ^ settings.items()}
    if any(name.startswith(OF_THE_HUB) for name in changed):
        _forget(HUB_LIBRARIES)
    os.chdir(folder)
    known = {sys.path[0], *before.get("PYTHONPATH", "").split(os.pathsep)}
    searched = (folder, *filter(None, settings.get("PYTHONPATH", "").split(os.pathsep)))
    sys.path[:] = [*searched, *(place for place in sys.path if place not in known)]
    found = PathFinder.find_spec("flows")
    if found is None or found.origin != flows.__file__:
        _forget(PACKAGES)


def _forget(packages: Sequence[str]) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] in packages]:
        del sys.modules[name]


def _go_on_as(path: str, argv: Sequence[str], settings: Mapping[str, str]) -> NoReturn:
    """Become another Python, as `os.execve` does, without importing everything anew."""
    python, option, program, *arguments = argv
    assert (path, python, option) == (sys.executable, sys.executable, "-m"), argv
    os.environ.clear()
    os.environ.update(settings)
    sys.argv[1:] = arguments
    _run(program)


def _run(program: str) -> NoReturn:
    """Run a program as `python -m` does, and end without clearing away all that was imported."""
    if not hasattr(sys.modules.get(program), "__path__"):  # of a package, its `__main__` is run
        sys.modules.pop(program, None)  # runpy warns where it is there
    status = 0
    try:
        if program == "-c":
            code = sys.argv.pop(1)
            exec(code, {"__name__": "__main__"})  # noqa: S102 - as `python -c` does
        else:
            runpy.run_module(program, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        status = 1
    # What Python does at the end of a process; multiprocessing ends its forks this way too.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(ValueError):  # closed
            stream.flush()
    os._exit(status)


if __name__ == "__main__":
    _run(_serve(Path(sys.argv[1])))
