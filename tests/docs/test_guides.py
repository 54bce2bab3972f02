"""The guides to adding things are true when they are followed literally."""

from __future__ import annotations

import re
import shutil
import subprocess
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from db.sandbox import run_query
from tests.warm import Warm

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "guides"
START = ROOT / "docs" / "start"
BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?: title=\"(?P<title>[^\"\n]+)\")?\n(?P<text>.*?)^ *```$",
    re.MULTILINE | re.DOTALL,
)


Follow = Callable[..., str]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a copy of the project, in which guides may write."""
    for name in ("dashboard", "data/samples", "db", "evaluators", "flows"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copyfile(ROOT / "data" / "metrics.yaml", tmp_path / "data" / "metrics.yaml")
    # No bundled boards: judging every claim on them would take a minute each time.
    for name in ("plans", "data/leaderboards", "data/published"):
        (tmp_path / name).mkdir()
    return tmp_path


@pytest.fixture
def follow(project: Path, warm: Warm, warm_command: str) -> Follow:
    """Return a function that follows a guide in the copy, and returns what its commands printed."""

    def do(guide: str, folder: Path = GUIDES) -> str:
        blocks = list(BLOCK.finditer((folder / guide).read_text("utf-8")))
        for block in blocks:
            if block["title"]:
                path = project / block["title"]
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(textwrap.dedent(block["text"]), encoding="utf-8")
        rankcheck = f'rankcheck() {{ {warm_command} flows.cli "$@"; }}'
        commands = "".join(textwrap.dedent(b["text"]) for b in blocks if b["language"] == "sh")
        found = subprocess.run(
            ["bash", "-euc", f"{rankcheck}\n{commands}"],
            cwd=project,
            env={**warm.environment, "PYTHONPATH": str(project)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert found.returncode == 0, found.stdout + found.stderr
        return found.stdout + found.stderr

    return do


def test_the_first_board(project: Path, follow: Follow) -> None:
    follow("first-board.md", START)
    query = "SELECT mean, model FROM ranks WHERE rank = 1 AND treatment = 'per-task'"
    store = f"duckdb:///{project}/var/rankcheck.duckdb"
    assert dict(run_query(store, query).rows) == {
        "arithmetic": "Human",
        "geometric": "Human",
        "harmonic": "Steady",
    }


def test_adding_a_task(follow: Follow) -> None:
    said = follow("add-a-task.md")
    assert "My-Task" in said
    assert "weather" in said


def test_adding_an_importer(follow: Follow) -> None:
    ranks = follow("add-an-importer.md").rpartition("mine")[2]
    assert ranks.index("BERT") < ranks.index("GPT")


def test_adding_an_evaluator(follow: Follow) -> None:
    said = follow("add-an-evaluator.md")
    assert "unknown_share" in said


def test_adding_an_experiment_and_a_claim_on_it(follow: Follow) -> None:
    assert "laplace" in follow("add-an-experiment.md")
    verdicts = follow("add-a-claim.md")
    assert "setting=10 tosses" in verdicts
    assert "setting=100 tosses" in verdicts


def test_adding_a_page(project: Path, follow: Follow, warm: Warm) -> None:
    follow("add-a-page.md")
    script = (
        "from streamlit.testing.v1 import AppTest\n"
        "from db import open_store\n"
        "open_store().upgrade()\n"
        "app = AppTest.from_file('dashboard/screens/failed.py').run()\n"
        "assert not app.exception, app.exception\n"
        "assert 'quickstart' in app.code[0].value\n"
    )
    settings = {"PYTHONPATH": str(project), "RANKCHECK_STORE": "duckdb:///s.duckdb"}
    found = warm.run("-c", [script], {**warm.environment, **settings}, timeout=240, folder=project)
    assert found.returncode == 0, found.stderr
