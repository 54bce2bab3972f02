"""Nightly runs on one machine: Prefect's server, a deployment, a worker, started and shown.

The same three commands, each in a terminal or a service of its own, are what a lasting installation
runs; docs/schedule.md says how.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from db.settings import settings
from flows.places import places
from flows.prefect_server import DEFAULTS

ROOT = Path(__file__).resolve().parent.parent
POOL = "rankcheck"


def commands(host: str, port: int) -> dict[str, list[str]]:
    """Return the commands by what they are, in the order they start."""
    prefect = [sys.executable, "-m", "prefect"]
    return {
        "server": [*prefect, "server", "start", "--host", host, "--port", str(port)],
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
        running.enter_context(_background("server", todo["server"], environment))
        _wait_for(url)
        for name in ("work pool", "deploy"):
            _show(name, todo[name])
            subprocess.run(todo[name], check=True, env=environment, cwd=ROOT, stdout=sys.stderr)
        running.enter_context(_background("worker", todo["worker"], environment))
        yield url


def _show(name: str, command: Sequence[str]) -> None:
    words = ["prefect", *command[3:]] if command[1:3] == ["-m", "prefect"] else list(command)
    print(f"{name}: {shlex.join(words)}", file=sys.stderr, flush=True)


@contextmanager
def _background(name: str, command: Sequence[str], environment: dict[str, str]) -> Iterator[None]:
    _show(name, command)
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL
    )
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, seconds: float = 120.0) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):  # noqa: S310 - our own server
                return
        except OSError:
            time.sleep(0.3)
    raise RuntimeError(f"Prefect's server did not answer at {url} within {seconds:.0f} s")


def main() -> None:
    """Keep it running until Ctrl-C."""
    with scheduled() as url:
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
