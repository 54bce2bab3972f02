"""Reports to share in Chinese: the same numbers and files, with every text in one language."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from dashboard.language import CHINESE, current, t, written_in
from dashboard.shared.plan_run import plan_run_report
from db import open_store
from flows.commands.report import command
from tests.dashboard.look import everything
from tests.dashboard.test_language import ENGLISH
from tests.dashboard.test_shared import Page

NAMES = ("superglue", "averaging-c4", "8783")


class Texts(Page):
    """Reads a page, and keeps its texts one by one."""

    def __init__(self, markup: str) -> None:
        self.texts: list[str] = []
        super().__init__(markup)

    def handle_data(self, data: str) -> None:
        super().handle_data(data)
        if not self.open or self.open[-1] not in ("style", "code"):
            self.texts.append(data.strip())


def english_texts(markup: str) -> list[str]:
    """Return the texts of a page that the catalogue has in English."""
    return [text for text in Texts(markup).texts if ENGLISH.fullmatch(text)]


def written(name: str, folder: Path, *more: str) -> Path:
    done = CliRunner().invoke(command, [name, "--to", str(folder), *more])
    assert done.exit_code == 0, done.exception
    return folder


@pytest.mark.parametrize("name", NAMES)
def test_report_says_in_chinese_what_it_says_in_english(
    judged: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("RANKCHECK_STORE", judged)
    english = written(name, tmp_path / "en")
    chinese = written(name, tmp_path / "zh", "--lang", "zh")
    markup = (chinese / "index.html").read_text(encoding="utf-8")
    assert '<html lang="zh">' in markup
    assert english_texts(markup) == []
    assert english_texts((english / "index.html").read_text(encoding="utf-8"))
    assert (chinese / "data.csv").read_bytes() == (english / "data.csv").read_bytes()
    about = json.loads((chinese / "report.json").read_text(encoding="utf-8"))
    assert "--lang zh" in about["command"]
    again = written(name, tmp_path / "again", "--lang", "zh")
    assert {path.name: path.read_bytes() for path in again.iterdir()} == {
        path.name: path.read_bytes() for path in chinese.iterdir()
    }


def test_report_of_a_plan_run_is_chinese(full: str) -> None:
    with open_store(full).read() as connection, written_in(CHINESE):
        report = plan_run_report(connection, "night-2")
    assert report.language == CHINESE
    assert english_texts(report.body) == []
    assert "完成 1 个作业，1 个失败" in report.answer
    assert report.badge.value == "完成 1 个，失败 1 个"


def test_button_of_a_chinese_page_writes_the_chinese_report(open_page, judged: str) -> None:
    app = open_page(judged, "claims?article=8783&lang=zh", folded=True)
    assert "rankcheck report 8783 --lang zh --to FOLDER" in everything(app)


def test_language_of_a_report_ends_with_it() -> None:
    with written_in(CHINESE):
        assert t("Boards") != "Boards"
    assert (current(), t("Boards")) == ("en", "Boards")
