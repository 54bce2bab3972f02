"""The process that `tests.warm` asks for forks, each of which runs a program."""

from __future__ import annotations

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Mapping, Sequence
from contextlib import suppress
from importlib.machinery import PathFinder
from pathlib import Path
from typing import NoReturn

import flows
from evaluators import discovery
from flows.cli import COMMANDS
from tests import shared_process
from tests.warm_client import OF_THE_HUB, OWN

IMPORTED = (
    *("alembic.command", "pandas", "pyarrow.parquet", "sqlalchemy.dialects.postgresql"),
    *("prefect.flow_engine", "prefect.main", "flows.nightly", "evaluators.sts.session"),
    *("transformers.convert_slow_tokenizer", "transformers.models.bert.modeling_bert"),
    *("transformers.tokenization_utils_tokenizers", "transformers.models.bert.tokenization_bert"),
    "transformers.models.auto.tokenization_auto",
    # What `datasets` imports, which cannot be imported twice itself.
    *("fsspec.implementations.dirfs", "multiprocess.pool", "pyarrow.dataset", "pyarrow.json"),
    *("duckdb_sqlalchemy", "tqdm.contrib.concurrent", "xxhash"),
    # What a plan run imports after it has started.
    *("anyio._backends._asyncio", "db.dictionary", "db.engines.file", "db.health"),
    *("db.leaderboards", "db.published", "db.rerank", "db.sandbox", "evaluators.clue.task"),
    *("evaluators.sts.evaluator", "fastapi.encoders", "flows.boards.facts"),
    *("flows.boards.leaderboards", "flows.boards.measured", "flows.runs.runners.local_processes"),
    *("prefect.utilities.visualization", "rich._emoji_codes"),
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
    _import_duckdb()
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
    _take_on(folder, settings)
    sys.argv[1:] = arguments
    os.execve = _go_on_as
    return str(program)


def _import_duckdb() -> None:
    """Import DuckDB, and end the thread that its import starts, which every fork would lack."""
    from tests import frugal_duckdb

    frugal_duckdb.use()
    importlib.import_module("duckdb").execute("SET threads = 1")


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
