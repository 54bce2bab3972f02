"""The real `rankcheck dashboard` on a free port, and a headless browser to look at it."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
]


COLD = (sys.executable, "-m")
"""What starts a program from nothing."""


@contextmanager
def served(url: str, log: Path, start: Sequence[str] = COLD) -> Iterator[str]:
    """Run the dashboard of a store until the block ends; yield its address.

    Args:
        url: The store.
        log: File for what the server says.
        start: The words before a program and its arguments that run it.
    """
    with served_on(free_port(), url, log, start=start) as address:
        yield address


@contextmanager
def served_on(
    port: int, url: str, log: Path, *more: str, start: Sequence[str] = COLD
) -> Iterator[str]:
    """The same on a port that is known beforehand, and with other options."""
    command = [*start, "flows.cli", "dashboard", "--no-open", *more]
    with answering([*command, "--port", str(port)], port, log, {"RANKCHECK_STORE": url}) as address:
        yield address


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def answering(
    command: list[str],
    port: int,
    log: Path,
    settings: Mapping[str, str],
    health: str = "_stcore/health",
) -> Iterator[str]:
    """Run a server on a port until the block ends; yield its address.

    Args:
        command: What starts it.
        port: Its port.
        log: File for what it says.
        settings: Those of its environment that are its own.
        health: Path that answers once it serves; Streamlit's by default.
    """
    with log.open("wb") as out:
        server = subprocess.Popen(
            command, env={**os.environ, **settings}, stdout=out, stderr=subprocess.STDOUT
        )
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(f"{address}/{health}", server, log)
            yield address
        finally:
            server.terminate()
            server.wait(timeout=20)


def _wait(health: str, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1200):  # two minutes: the machine may be busy
        if server.poll() is not None:
            raise RuntimeError(f"the server ended: {log.read_text()}")
        try:
            with urllib.request.urlopen(health, timeout=5) as answer:  # noqa: S310 - our own
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server does not answer: {log.read_text()}")


@contextmanager
def browser() -> Iterator[Any]:
    """Start Debian's Chromium without a window."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=BROWSER, args=ARGUMENTS)
        try:
            yield chromium
        finally:
            chromium.close()


def settled(page: Any) -> None:
    """Wait until a page has its title, its charts, and nothing left to do."""
    page.wait_for_selector(".rc-title", timeout=60_000)
    app = "document.querySelector('[data-testid=stApp]')"
    # Looking at every frame, as by default, keeps two processes of Chromium busy.
    often = {"polling": 50, "timeout": 60_000}
    page.wait_for_function(f"{app}.dataset.testScriptState === 'notRunning'", **often)
    page.wait_for_function(
        "!document.querySelector('[data-testid=stSkeleton]')"
        " && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')]"
        ".every(chart => chart.querySelector('canvas, svg'))",
        **often,
    )
