"""The reports that the manual shows as examples are what the command writes now."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from db import open_store
from flows.boards.facts import publish_facts
from flows.commands.report import command
from flows.judging.claims import judge_claims
from tests.dashboard.test_shared import Page

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"


@pytest.fixture(scope="module")
def judged_boards(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with every bundled board and the verdicts of claims on them."""
    url = f"duckdb:///{tmp_path_factory.mktemp('examples')}/store.duckdb"
    store = open_store(url)
    store.upgrade()
    publish_facts(store)
    judge_claims(store)
    return url


def _words(folder: Path) -> str:
    """Return a page's text without its end: the commit and the days of verdicts differ."""
    text = Page((folder / "index.html").read_text(encoding="utf-8")).text
    return text.partition("Make it again")[0].partition("Judged 20")[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(path.name for path in EXAMPLES.iterdir()))
def test_example_says_what_the_command_writes(
    judged_boards: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", judged_boards)
    about = json.loads((EXAMPLES / name / "report.json").read_text(encoding="utf-8"))
    words = [str(tmp_path) if word == "FOLDER" else word for word in shlex.split(about["command"])]
    done = CliRunner().invoke(command, words[2:])
    assert done.exit_code == 0, done.exception
    new = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    again = f"run again: {about['command'].replace('FOLDER', f'docs/examples/{name}')}"
    assert new["answer"] == about["answer"], again
    assert _words(tmp_path) == _words(EXAMPLES / name), again
    assert (tmp_path / "badge.svg").read_bytes() == (EXAMPLES / name / "badge.svg").read_bytes()
