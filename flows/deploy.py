"""Prepare a lasting installation: the store, the work pool, prefect.yaml, the automations.

Run it when the server answers, once and after every update: `python -m flows.deploy`. It changes
nothing that is up to date, and returns when all is done.
"""

from __future__ import annotations

import argparse
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from flows.bundled import CHECKOUT, bundled, is_installed
from flows.operations.prefect_api import POOL, answers, api_url

ROOT = Path.cwd() if is_installed() else CHECKOUT
"""Working folder of plan runs, which contains `var/`: the checkout or the current folder."""

_PREFECT = [sys.executable, "-m", "prefect"]

STEPS = {
    "store": [sys.executable, "-m", "flows.cli", "db", "upgrade"],
    "work pool": [*_PREFECT, "work-pool", "create", POOL, "--type", "process", "--overwrite"],
    "deploy": [
        *(*_PREFECT, "--no-prompt", "deploy", "--all"),
        *(["--prefect-file", str(bundled("prefect.yaml"))] if is_installed() else []),
    ],
    "automations": [sys.executable, "-m", "flows.operations.automations"],
}
"""The commands by name, in their order."""


def deploy(environment: Mapping[str, str]) -> None:
    """Run every step against the server of `PREFECT_API_URL`.

    Raises:
        RuntimeError: No server answers.
        subprocess.CalledProcessError: A step failed; it said why on standard error.
    """
    wait_for(environment.get("PREFECT_API_URL") or api_url())
    for name, command in STEPS.items():
        show(name, command)
        subprocess.run(
            command,
            check=True,
            # prefect.yaml sends workers to the folder of the deployment, by $PWD.
            env={**environment, "PWD": str(ROOT), "PREFECT_CLI_PROMPT": "false"},
            cwd=ROOT,
            stdout=sys.stderr,
        )


def show(name: str, command: Sequence[str]) -> None:
    """Print a command as people would type it."""
    words = ["prefect", *command[3:]] if command[1:3] == ["-m", "prefect"] else list(command)
    words = ["python" if word == sys.executable else word for word in words]
    print(f"{name}: {shlex.join(words)}", file=sys.stderr, flush=True)


def wait_for(url: str, seconds: float = 120.0) -> None:
    """Wait until a Prefect server answers.

    Raises:
        RuntimeError: It did not within `seconds`.
    """
    deadline = time.monotonic() + seconds
    while not answers(url):
        if time.monotonic() > deadline:
            raise RuntimeError(f"Prefect's server did not answer at {url} within {seconds:.0f} s")
        time.sleep(0.3)


def main() -> None:
    """Deploy, or say in one sentence what prevents it."""
    argparse.ArgumentParser(
        prog="python -m flows.deploy",
        description="Prepare the store, and Prefect's server of PREFECT_API_URL.",
    ).parse_args()
    try:
        deploy(os.environ)
    except RuntimeError as error:
        sys.exit(f"rankcheck: {error}: start it, or correct PREFECT_API_URL")
    except subprocess.CalledProcessError as error:
        sys.exit(f"rankcheck: {shlex.join(error.cmd)} ended with status {error.returncode}")


if __name__ == "__main__":
    main()
