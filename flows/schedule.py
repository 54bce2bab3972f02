"""Nightly runs on one machine: Prefect's server, a deployment, a worker, started and shown.

The same three commands, each in a terminal or a service of its own, are what a lasting installation
runs; docs/schedule.md says how.
"""

from __future__ import annotations

import ctypes
import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from db.settings import settings
from flows.places import places
from flows.prefect_server import DEFAULTS

ROOT = Path(__file__).resolve().parent.parent
POOL = "rankcheck"


def commands(host: str, port: int) -> dict[str, list[str]]:
    """Return the commands by what they are, in the order they start."""
    prefect = [sys.executable, "-m", "prefect"]
    return {
        # Prefect's own server; see `flows.prefect_server.create_app` for why not by its command.
        "server": [sys.executable, "-m", "flows.prefect_server", "serve", host, str(port)],
        "work pool": [*prefect, "work-pool", "create", POOL, "--type", "process", "--overwrite"],
        "deploy": [*prefect, "--no-prompt", "deploy", "--all"],
        "worker": [*prefect, "worker", "start", "--pool", POOL, "--type", "process"],
    }


@contextmanager
def scheduled(host: str = "127.0.0.1", port: int = 4200) -> Iterator[str]:
    """Run server and worker with everything in prefect.yaml deployed; yield the API's URL."""
    home = places(settings().store).prefect
    home.mkdir(parents=True, exist_ok=True)
    url = f"http://{host}:{port}/api"
    environment = {
        **DEFAULTS,
        **os.environ,
        "PWD": str(ROOT),  # prefect.yaml sends the worker to the folder of the deployment
        "PREFECT_API_URL": url,
        "PREFECT_HOME": os.environ.get("PREFECT_HOME", str(home)),
        "PREFECT_CLI_PROMPT": "false",
    }
    todo = commands(host, port)
    with ExitStack() as running:
        _require_free(host, port)
        server = running.enter_context(_background("server", todo["server"], environment))
        _wait_for(url, server)
        for name in ("work pool", "deploy"):
            _show(name, todo[name])
            subprocess.run(todo[name], check=True, env=environment, cwd=ROOT, stdout=sys.stderr)
        running.enter_context(_background("worker", todo["worker"], environment))
        yield url


def _show(name: str, command: Sequence[str]) -> None:
    words = ["prefect", *command[3:]] if command[1:3] == ["-m", "prefect"] else list(command)
    words = ["python" if word == sys.executable else word for word in words]
    print(f"{name}: {shlex.join(words)}", file=sys.stderr, flush=True)


@contextmanager
def _background(
    name: str, command: Sequence[str], environment: dict[str, str]
) -> Iterator[subprocess.Popen[bytes]]:
    _show(name, command)
    process = subprocess.Popen(
        command,
        env=environment,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stdin=subprocess.DEVNULL,
        preexec_fn=_end_with_parent if sys.platform == "linux" else None,
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _end_with_parent() -> None:
    """Ask Linux to end this process when its parent was killed: PR_SET_PDEATHSIG."""
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


def _require_free(host: str, port: int) -> None:
    with socket.socket() as probe:
        probe.settimeout(2)
        if probe.connect_ex((host, port)) == 0:
            raise RuntimeError(
                f"something listens on {host}:{port} already: stop it, or choose another --port"
            )


def _wait_for(url: str, server: subprocess.Popen[bytes], seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"Prefect's server did not answer at {url} within {seconds:.0f} s")


@click.command()
@click.option("--port", default=4200, show_default=True, help="Port of Prefect's server.")
def main(port: int) -> None:
    """Run the nightly flow on schedule, on this machine, until Ctrl-C."""
    # A service manager ends with SIGTERM: leave by the same way, so that nothing stays behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        _run(port)
    except RuntimeError as error:
        raise click.ClickException(str(error)) from error


def _run(port: int) -> None:
    with scheduled(port=port) as url:
        print(
            f"Scheduled. See {url.removesuffix('/api')}; start one by hand with:\n"
            "  prefect deployment run nightly/quickstart\n"
            "Ctrl-C stops the server and the worker.",
            file=sys.stderr,
        )
        try:
            while True:
                time.sleep(3600)
        except KeyboardInterrupt:
            print("Stopping …", file=sys.stderr)


if __name__ == "__main__":
    main()
