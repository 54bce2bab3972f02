"""The button that makes a page's report: the command beside it writes the very same files."""

from __future__ import annotations

import io
import shlex
import zipfile
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from dashboard.leaderboards.task_choice import with_where, within_set, without_set
from evaluators.averaging.selection import Selection
from flows.boards.leaderboards import load_board
from flows.commands.report import command
from tests.dashboard.look import everything
from tests.dashboard.served import BROWSER
from tests.dashboard.watched import Watched

BOARD = "rankcheck report superglue --snapshot 2021"
GAPS = "rankcheck report gappy --snapshot 1 --p 1 --treatment per-task"


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("leaderboards?board=superglue&snapshot=2021", f"{BOARD} --p 1 --treatment per-task"),
        (
            "leaderboards?board=superglue&snapshot=2021&p=-0.5&without=RTE&treatment=per-metric",
            f"{BOARD} --p -0.5 --treatment per-metric --without RTE",
        ),
        (
            "leaderboards?board=superglue&snapshot=2021&weights=RTE=2&where=is_human",
            f"{BOARD} --p 1 --treatment per-task --where is_human --weights weights.yaml",
        ),
        ("claims?claim=environment-drift", "rankcheck report environment-drift"),
        ("nights?night=night-1", "rankcheck report night-1"),
    ],
)
def test_command_says_what_is_shown(open_page, full: str, path: str, shown: str) -> None:
    app = open_page(full, path, folded=True)
    assert not app.exception
    assert f"{shown} --to FOLDER" in everything(app)


@pytest.mark.parametrize(
    ("chosen", "option"),
    [
        ("", ""),
        ("&set=all", " --set all"),
        ("&set=All tasks", " --set all"),
        ("&set=common&without=t1", " --set common --without t1"),
        ("&set=all&without=t1", " --without t1"),
    ],
)
def test_set_of_tasks_is_named_where_the_command_would_take_another(
    open_page, gappy: str, chosen: str, option: str
) -> None:
    app = open_page(gappy, f"leaderboards?board=gappy{chosen}", folded=True)
    assert "This link asks for" not in everything(app)
    assert f"{GAPS}{option} --to FOLDER" in everything(app)


def test_report_of_an_article_is_offered_where_it_is_chosen(open_page, judged: str) -> None:
    app = open_page(judged, "claims?article=8783", folded=True)
    assert "rankcheck report 8783 --to FOLDER" in everything(app)
    assert "rankcheck report" not in everything(open_page(judged, "claims", folded=True))


def test_set_and_condition_are_taken_apart_and_together_again() -> None:
    board = load_board("mteb-eng-v2")
    for own in (Selection(), Selection(types=("Retrieval",)), Selection(weights={"STS12": 2.0})):
        for where in ("", "parameters < 1e9"):
            whole = with_where(within_set(own, "common", board), where)
            apart = without_set(whole, "common", board)
            assert apart == Selection(types=own.types, weights=own.weights, where=where)
            assert within_set(apart, "common", board) == whole
    alone = within_set(Selection(where="is_human"), "common", board)
    assert alone.text == "selection common tasks, where is_human"


@pytest.fixture(scope="module")
def address(address_of_full: str) -> str:
    return address_of_full


@pytest.mark.browser
@pytest.mark.skipif(BROWSER is None, reason="no chromium here: apt-get install chromium")
@pytest.mark.parametrize(
    "path",
    [
        "leaderboards?board=superglue&snapshot=2021&p=0&without=RTE&where=NOT+is_human",
        "claims?claim=environment-drift",
        "nights?night=night-2",
    ],
)
def test_download_has_the_files_that_the_command_writes(
    watched: Watched, full: str, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched.open(path)
    shown, archive = _downloaded(watched.page)
    words = shlex.split(shown)
    assert words[:2] == ["rankcheck", "report"]
    monkeypatch.setenv("RANKCHECK_STORE", full)
    words[words.index("FOLDER")] = str(tmp_path / "r")
    done = CliRunner().invoke(command, words[2:])
    assert done.exit_code == 0, done.exception
    with zipfile.ZipFile(io.BytesIO(archive)) as inside:
        files = {Path(name).name: inside.read(name) for name in inside.namelist()}
    assert set(files) == {path.name for path in (tmp_path / "r").iterdir()}
    for name, content in files.items():
        assert content == (tmp_path / "r" / name).read_bytes(), name


def _downloaded(page: Any) -> tuple[str, bytes]:
    """Return the command that the page names, and the archive that it offers."""
    page.get_by_role("button", name="Report", exact=False).last.click()
    shown = page.locator("[data-testid=stPopoverBody] code").first.inner_text()
    with page.expect_download(timeout=120_000) as waiting:
        page.get_by_role("button", name="Download as a folder").click()
    assert waiting.value.suggested_filename.endswith(".zip")
    return shown, Path(waiting.value.path()).read_bytes()
