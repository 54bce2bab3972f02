"""Serve Prefect: a private server that ends with its run, or a permanent one.

Prefect's own temporary server keeps running when its run is killed. The private server watches its
parent and ends with it, whatever killed the parent. It listens only on 127.0.0.1. If
`PREFECT_API_URL` is set, that server is used and none is started.
"""

from __future__ import annotations

import argparse
import atexit
import os
import subprocess
import sys
import threading
import time
import urllib.request
from datetime import timedelta
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import sqlalchemy as sa
from filelock import FileLock

if TYPE_CHECKING:
    from fastapi import FastAPI

DEFAULTS = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    # By default Prefect keeps flow runs forever; the scores are in our store.
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(30 * 86400),
    # By default Prefect sends no heartbeats; `flows.operations.caretaker` listens to them.
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
}
"""The settings of every Prefect server that we start; the environment overrides them."""

WITHOUT_CERTIFICATES = {
    "PREFECT_API_SSL_CERT_FILE": str(Path(__file__).with_name("no_authority.pem"))
}
"""The settings of Prefect's clients of a server that we start, which uses no TLS.

By default each client loads all of certifi's certificates, which takes 17 ms, also if its URL
begins with http://. A plan run makes seven clients, and a deployment of our flows fifty. The file
holds one certificate, which has signed no other: its key was not kept.
"""

_STARTUP_SECONDS = 120.0
_LOG_BYTES = 1_000_000


def ensure_prefect_api(home: Path) -> str:
    """Return the URL of a Prefect API; a private server runs until this process ends.

    Call it before Prefect is imported: exit handlers run in reverse order, so that Prefect sends
    its last messages before the server is stopped.

    Args:
        home: Folder of the private server's database, shared by the runs of one store.
    """
    configured = os.environ.get("PREFECT_API_URL")
    if configured:
        return configured
    home.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PREFECT_HOME", str(home))
    for name, value in {**DEFAULTS, **WITHOUT_CERTIFICATES}.items():
        os.environ.setdefault(name, value)
    # Nobody can read the logs of a server that ends with the run.
    os.environ.setdefault("PREFECT_LOGGING_TO_API_ENABLED", "false")
    # Two servers that create one database at once would run its migrations at the same time.
    starting = FileLock(home / "starting.lock", fallback_to_soft=False)
    with starting, _server_log(home) as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.prefect_server", "private", str(os.getpid())],
            stdout=subprocess.PIPE,
            stderr=log,
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PREFECT_UI_ENABLED": "0", "PREFECT__SERVER_EPHEMERAL": "1"},
        )
        atexit.register(_stop, server)
        url = _wait_until_it_answers(server, home)
    os.environ["PREFECT_API_URL"] = url
    return url


def _stop(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    if server.stdout:
        server.stdout.close()


def _server_log(home: Path) -> IO[bytes]:
    """Open the server's log for appending, or empty it if it has grown too long."""
    path = home / "server.log"
    too_long = path.exists() and path.stat().st_size > _LOG_BYTES
    return path.open("wb" if too_long else "ab")


def _wait_until_it_answers(server: subprocess.Popen[bytes], home: Path) -> str:
    assert server.stdout is not None  # noqa: S101 - for the type checker
    port = server.stdout.readline().decode().strip()
    url = f"http://127.0.0.1:{port}/api"
    deadline = time.monotonic() + _STARTUP_SECONDS
    while server.poll() is None and port and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5) as answer:  # noqa: S310
                if answer.status == 200:
                    return url
        except OSError:
            time.sleep(0.1)
    server.kill()
    raise RuntimeError(f"Prefect's server did not start; its log is {home / 'server.log'}")


_SERVED: dict[str, Any] = {"factory": True, "log_level": "error", "lifespan": "on"}


def _pass_over(_model: object, _values: object, _value: object) -> None:
    """Ignore an attribute that is not a column in a bulk insert."""


def create_app() -> FastAPI:
    """Return Prefect's server application with a fix for SQLAlchemy 2.1.

    Prefect's scheduler puts a run's `state` among the values of a bulk insert. SQLAlchemy 2.0
    ignored an attribute that is not a column; 2.1 requires a setter and raises without one
    (Prefect 3.8.8), so that nothing is ever scheduled. The setter added here ignores it.
    """
    from prefect.server.api.server import create_app as prefects_own
    from prefect.server.database import orm_models
    from sqlalchemy.ext.hybrid import hybrid_property

    for name in ("FlowRun", "FlowRunState", "TaskRun", "TaskRunState"):
        for attribute in sa.inspect(getattr(orm_models, name)).all_orm_descriptors:
            if isinstance(attribute, hybrid_property) and attribute.bulk_dml_setter is None:
                attribute.bulk_dml_setter = _pass_over  # type: ignore[assignment]
    return prefects_own()


def _leave_with(parent: int) -> None:
    """Exit when the parent is gone; polling works on every system, unlike a signal."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(0)


def main(parent: int) -> None:
    """Print the port, and serve until the parent is gone."""
    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    import socket

    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)
    uvicorn.Server(uvicorn.Config(create_app, **_SERVED)).run(sockets=[listener])


def serve(host: str, port: int, *, silent: float, pending: float) -> None:
    """Serve Prefect's API, pages and scheduler, and our caretaker, permanently.

    Args:
        host: Address to listen on.
        port: Port to listen on.
        silent: Seconds without a sign of life after which a running flow run is dead.
        pending: Seconds after which a flow run that a worker claimed and never began is dead.
    """
    import uvicorn

    from db.settings import settings
    from flows.operations.caretaker import SilenceLimits, start_caretaker

    # A client cannot connect to a wildcard address.
    call_host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    limits = SilenceLimits(silent=timedelta(seconds=silent), pending=timedelta(seconds=pending))
    start_caretaker(f"http://{call_host}:{port}/api", settings(), limits)
    uvicorn.Server(uvicorn.Config(create_app, host=host, port=port, **_SERVED)).run()


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m flows.prefect_server",
        description="Prefect's server with a fixed scheduler and recovery of dead flow runs.",
    )
    kinds = parser.add_subparsers(dest="kind", required=True)
    serving = kinds.add_parser("serve", help="Serve a permanent installation.")
    serving.add_argument("host", nargs="?", default="127.0.0.1", help="Address to listen on.")
    serving.add_argument("port", nargs="?", default=4200, type=int, help="Port to listen on.")
    serving.add_argument(
        "--silent",
        type=float,
        default=300,
        metavar="SECONDS",
        help="Seconds without a heartbeat after which a running flow run is dead (300).",
    )
    serving.add_argument(
        "--pending",
        type=float,
        default=300,
        metavar="SECONDS",
        help="Seconds after which a flow run that a worker claimed but did not start is dead"
        " (300).",
    )
    private = kinds.add_parser("private", help="Serve one process, and exit with it.")
    private.add_argument("parent", type=int, help="The process.")
    return parser.parse_args()


if __name__ == "__main__":
    arguments = _arguments()
    if arguments.kind == "serve":
        serve(arguments.host, arguments.port, silent=arguments.silent, pending=arguments.pending)
    else:
        main(arguments.parent)
