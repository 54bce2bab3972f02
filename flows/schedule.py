"""Schedule nightly runs on one machine: Prefect's server, deployments, a worker.

A permanent installation runs the same three commands, each in its own terminal or service;
docs/guides/nightly.md describes it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import click

from db.settings import settings
from flows.deploy import ROOT, deploy, show
from flows.operations.prefect_api import POOL
from flows.prefect_server import DEFAULTS, WITHOUT_CERTIFICATES
from flows.runs.places import places

RESTART_SECONDS = 5.0
"""Seconds until a server or a worker that ended is started again."""


def commands(host: str, port: int) -> dict[str, list[str]]:
    """Return the commands of the services by name, in the order of their start."""
    return {
        # Prefect's server, not by its own command: see `flows.prefect_server.create_app`.
        "server": [sys.executable, "-m", "flows.prefect_server", "serve", host, str(port)],
        "worker": [
            *(sys.executable, "-m", "prefect", "worker", "start"),
            *("--pool", POOL, "--type", "process"),
        ],
    }


@contextmanager
def scheduled(host: str = "127.0.0.1", port: int = 4200) -> Iterator[str]:
    """Run the server and a worker, deploy prefect.yaml, and yield the API's URL."""
    home = places(settings().store).prefect
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://{host}:{port}/api"
    environment = {
        **DEFAULTS,
        **WITHOUT_CERTIFICATES,
        **os.environ,
        "PREFECT_API_URL": url,
        "PREFECT_HOME": os.environ.get("PREFECT_HOME", str(home)),
        "PREFECT_CLI_PROMPT": "false",
    }
    steps = commands(host, port)
    _validate_free(host, port)
    with _Services(environment) as services:
        services.start("server", steps["server"])
        deploy(environment)
        services.start("worker", steps["worker"])
        yield url


class _Services:
    """Processes that are restarted when they end, until the block is left."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._environment = environment
        self._processes: dict[str, tuple[list[str], subprocess.Popen[bytes]]] = {}
        self._leaving, self._left = threading.Event(), threading.Event()
        self._changing = threading.Lock()
        self._keeper = threading.Thread(target=self._keep, daemon=True)

    def __enter__(self) -> _Services:
        self._keeper.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._leaving.set()
        with self._changing:
            for _, process in reversed(self._processes.values()):
                process.terminate()
                try:
                    process.wait(timeout=30)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
        self._left.set()
        self._keeper.join()

    def start(self, name: str, command: list[str]) -> None:
        """Start a process and keep it running."""
        show(name, command)
        with self._changing:
            self._processes[name] = (command, self._started(command))

    def _started(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            preexec_fn=_end_with_parent if sys.platform == "linux" else None,
        )

    def _keep(self) -> None:
        while not self._leaving.wait(RESTART_SECONDS):
            with self._changing:
                for name, (command, process) in self._processes.items():
                    if process.poll() is None or self._leaving.is_set():
                        continue
                    message = f"{name}: exited with status {process.returncode}, restarting"
                    print(message, file=sys.stderr, flush=True)
                    self._processes[name] = (command, self._started(command))
        # Linux kills a child with the thread that started it: stay until all have been terminated.
        self._left.wait()


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent was killed: PR_SET_PDEATHSIG."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _validate_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex((host, port)) == 0:
            raise RuntimeError(
                f"something listens on {host}:{port} already: stop it, or choose another --port"
            )


@click.command()
@click.option("--port", default=4200, show_default=True, help="Port of Prefect's server.")
def main(port: int) -> None:
    """Run the nightly flow on schedule, on this machine, until Ctrl-C."""
    # A service manager sends SIGTERM: exit normally, so that no process is left behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _run(port)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error


def _run(port: int) -> None:
    with scheduled(port=port) as url:
        count = len(settings().notify)
        print(
            f"Scheduled. See {url.removesuffix('/api')} and rankcheck status; start one by hand:\n"
            "  prefect deployment run nightly/quickstart\n"
            + (
                f"Messages go to {count} URL{'' if count == 1 else 's'} of RANKCHECK_NOTIFY.\n"
                if count
                else "RANKCHECK_NOTIFY is not set: no message is sent when a plan run fails.\n"
            )
            + "Ctrl-C stops the server and the worker.",
            file=sys.stderr,
        )
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("Stopping …", file=sys.stderr)


if __name__ == "__main__":
    main()
