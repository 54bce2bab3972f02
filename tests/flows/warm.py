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
from pathlib import Path
from typing import NoReturn

from evaluators import discovery
from flows.cli import COMMANDS

ROOT = Path(__file__).parents[2]
MESSAGE_BYTES = 1 << 16
IMPORTED = (
    *("alembic.command", "pandas", "pyarrow.parquet", "sqlalchemy.dialects.postgresql"),
    *("prefect.flow_engine", "prefect.main", "flows.nightly", "evaluators.sts.session"),
    *("transformers.convert_slow_tokenizer", "transformers.models.bert.modeling_bert"),
    *("transformers.tokenization_utils_tokenizers", "transformers.models.bert.tokenization_bert"),
    "transformers.models.auto.tokenization_auto",
    # What a plan run imports after it has started.
    *("db.dictionary", "db.engines.file", "db.leaderboards", "db.published", "db.rerank"),
    *("evaluators.sts.evaluator", "fastapi.encoders", "flows.boards.facts"),
    *("flows.boards.measured", "prefect.utilities.visualization"),
    *("flows.inputs.pairs", "flows.judging.claims", "flows.prefect_server"),
    *("flows.reports.claims", "flows.runs.checkpoint_names", "prefect.task_engine"),
)
FOLDERS = (COMMANDS, "evaluators.claims", "evaluators.tasks")


class Warm:
    """A process to fork commands from.

    Attributes:
        environment: Its settings, those of every fork except for what `RANKCHECK_` begins.
    """

    def __init__(self, environment: Mapping[str, str], end: socket.socket) -> None:
        self.environment = environment
        self._end = end

    def can_run_with(self, environment: Mapping[str, str]) -> bool:
        """Return whether settings differ only in those that no import reads."""
        names = environment.keys() | self.environment.keys()
        return all(
            environment.get(name) == self.environment.get(name)
            for name in names
            if not name.startswith("RANKCHECK_")
        )

    def run(
        self, program: str, arguments: Sequence[str], environment: Mapping[str, str], timeout: float
    ) -> subprocess.CompletedProcess[str]:
        """Run `python -m PROGRAM ARGUMENTS` as `subprocess.run` does, capturing its output."""
        outputs = [os.memfd_create(name) for name in ("stdout", "stderr")]
        own = {name: value for name, value in environment.items() if name.startswith("RANKCHECK_")}
        socket.send_fds(self._end, [json.dumps([program, *arguments, own]).encode()], outputs)
        self._end.settimeout(None)
        pid = int(self._end.recv(MESSAGE_BYTES))
        self._end.settimeout(timeout)
        late = False
        try:
            status = int(self._end.recv(MESSAGE_BYTES))
        except TimeoutError:
            late = True
            for kill in (os.killpg, os.kill):  # a fork just made is no group of its own yet
                with suppress(ProcessLookupError):
                    kill(pid, signal.SIGKILL)
            self._end.settimeout(None)
            status = int(self._end.recv(MESSAGE_BYTES))
        stdout, stderr = (_text(output) for output in outputs)
        if late:
            raise subprocess.TimeoutExpired(list(arguments), timeout, stdout, stderr)
        return subprocess.CompletedProcess(list(arguments), status, stdout, stderr)


def _text(output: int) -> str:
    with os.fdopen(output, encoding="utf-8") as file:
        file.seek(0)
        return file.read()


@contextmanager
def warmed(environment: Mapping[str, str]) -> Iterator[Warm]:
    """Start a process to fork commands from; it ends with the block, or with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    environment = {k: v for k, v in environment.items() if not k.startswith("RANKCHECK_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.flows.warm", str(theirs.fileno())],
        pass_fds=[theirs.fileno()],
        stdin=subprocess.DEVNULL,
        env=environment,
        cwd=ROOT,
    )
    theirs.close()
    with ours:
        yield Warm(environment, ours)
    process.wait(timeout=30)


def _import_everything() -> None:
    """Import what a plan run does: our modules, and what libraries import when first used."""
    # What `rankcheck run` sets before it imports Prefect.
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "CRITICAL")
    for name in IMPORTED:
        importlib.import_module(name)
    for folder in FOLDERS:
        for name in discovery.files(folder):
            discovery.load(folder, name)
    assert "duckdb" not in sys.modules  # importing it starts a thread, which a fork would lack
    gc.freeze()


def _serve(end: socket.socket) -> str:
    """Fork a process for every command that is sent; return the program in each of these."""
    while True:
        message, outputs, _, _ = socket.recv_fds(end, MESSAGE_BYTES, 2)
        if not message:
            sys.exit()
        pid = os.fork()
        if pid == 0:
            end.close()
            os.setsid()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            for output, standard in zip(outputs, (1, 2), strict=True):
                os.dup2(output, standard)
                os.close(output)
            program, *arguments, settings = json.loads(message)
            os.environ.update(settings)
            sys.argv[1:] = arguments
            return str(program)
        for output in outputs:
            os.close(output)
        end.send(str(pid).encode())
        _, status = os.waitpid(pid, 0)
        end.send(str(os.waitstatus_to_exitcode(status)).encode())


def _run(program: str) -> NoReturn:
    """Run a program as `python -m` does, and end without clearing away all that was imported."""
    from tests import frugal_duckdb

    frugal_duckdb.use()
    sys.modules.pop(program, None)  # runpy warns where it is there
    status = 0
    try:
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
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C ends pytest, and the socket with it
    _import_everything()
    program = _serve(socket.socket(fileno=int(sys.argv[1])))
    _run(program)
