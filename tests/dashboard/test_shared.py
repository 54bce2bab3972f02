"""Reports to share: what they say, that they are the same each time, and that nothing runs."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import resource
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from dashboard.shared.folder import published_at
from dashboard.shared.pictures import badge_svg, fitted, wrapped
from dashboard.shared.report import Badge
from db import open_store
from db.errors import StoreError
from evaluators.averaging import Treatment, rank
from evaluators.names import UnknownNameError
from flows.boards.leaderboards import load_board
from flows.commands.report import command
from flows.errors import LeaderboardError
from flows.reports.shareable import find
from tests.dashboard.stores import HOSTILE, keep_hostile_claims_and_board

FILES = {
    *("index.html", "data.csv", "data.json", "data.parquet", "share.png", "badge.svg"),
    "report.json",
}
_VOID = {"meta", "img", "br"}
_ON_PAGE = {
    *("html", "head", "meta", "title", "style", "body", "main", "section", "footer", "div"),
    *("h1", "h2", "h3", "p", "strong", "span", "bdi", "ul", "li", "a", "pre", "code", "details"),
    *("summary", "table", "thead", "tbody", "tr", "th", "td", "img"),
    *("svg", "g", "rect", "path", "text", "circle", "line", "defs", "clippath"),
}


class Page(HTMLParser):
    """Reads a page, and fails where an element is not closed or has no place there."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.links: list[str] = []
        self.meta: dict[str, str] = {}
        self.text = ""
        self.style = ""
        self.feed(markup)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in _ON_PAGE, tag
        names = {name: value or "" for name, value in attrs}
        assert not [name for name in names if name.startswith("on") or name == "style"]
        assert names.get("src", "data:image/svg+xml;base64,").startswith("data:image/svg+xml;")
        if "href" in names:
            self.links.append(names["href"])
        if tag == "meta":
            key = next((k for k in ("name", "property", "http-equiv") if k in names), "")
            self.meta[names.get(key, "")] = names.get("content", "")
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.style += data
        else:
            self.text += data


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Return a function that runs the command on a store."""

    def run(url: str, *words: str) -> Result:
        monkeypatch.setenv("RANKCHECK_STORE", url)
        return CliRunner().invoke(command, list(words))

    return run


@pytest.fixture(scope="module")
def folders(judged: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports of a board, a claim and an article."""
    top = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RANKCHECK_STORE", judged)
        for name in ("superglue", "averaging-c4", "8783"):
            done = CliRunner().invoke(command, [name, "--to", str(top / name)])
            assert done.exit_code == 0, done.exception
    return {name: top / name for name in ("superglue", "averaging-c4", "8783")}


def _page(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def _data(folder: Path) -> dict:
    return json.loads((folder / "data.json").read_text(encoding="utf-8"))


def test_board_says_who_leads_and_lists_the_ranks(folders: dict[str, Path]) -> None:
    shown = _page(folders["superglue"])
    assert "SS-MoE leads (91.03)." in shown.text  # 91.03 as rankcheck rank has it, 2022-01
    assert "rank 6 of 24 · 95% 1–7" in (folders["superglue"] / "badge.svg").read_text()
    ranking = rank(load_board("superglue", "2022-01"), Treatment(), 1.0)
    rows = {(r["model"], r["submitted_by"]): r for r in _data(folders["superglue"])["rows"]}
    for row in ranking.rows:
        written = rows[row.model, row.submitted_by]
        assert (written["rank"], written["score"]) == (row.rank, row.score)


def test_three_forms_of_the_data_agree(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        rows = pd.DataFrame(_data(folder)["rows"])
        parquet = pq.read_table(folder / "data.parquet").to_pandas()
        text = pd.read_csv(folder / "data.csv")
        assert len(rows) == len(parquet) == len(text) > 20
        assert set(rows) == set(parquet) == set(text)
        number = "score" if "score" in rows else "statistic"
        for other in (parquet, text):
            pd.testing.assert_series_equal(
                rows[number].astype(float), other[number].astype(float), check_names=False
            )


def test_claim_has_the_verdict_reason_rule_and_digests_of_the_store(
    folders: dict[str, Path], judged: str
) -> None:
    with open_store(judged).read() as connection:
        verdict, low, high = connection.exec_driver_sql(
            "SELECT verdict, ci_low, ci_high FROM current_verdicts WHERE claim = 'averaging-c4'"
            " AND board = 'superglue' AND snapshot = '2021'"
            " AND treatment = 'per-task' AND NOT combined"
        ).one()
        rule, digest = connection.exec_driver_sql(
            "SELECT decision_rule, claim_id FROM claims WHERE claim = 'averaging-c4'"
        ).one()
        board = connection.exec_driver_sql(
            "SELECT content_digest FROM current_boards WHERE snapshot = '2021'"
        ).scalar()
    shown = _page(folders["averaging-c4"])
    assert f"{verdict} as printed, not sure" in shown.text
    assert f"4, 95% interval {low:.0f} to {high:.0f}, threshold 1." in shown.text
    assert rule in shown.text
    digests = _data(folders["averaging-c4"])["digests"]
    assert digests["rule of averaging-c4"] == digest
    assert digests["board superglue 2021"] == board
    assert digest in shown.text
    assert board in shown.text


def test_bundled_board_has_the_digest_of_the_stored_one(
    folders: dict[str, Path], judged: str
) -> None:
    with open_store(judged).read() as connection:
        digest = connection.exec_driver_sql(
            "SELECT content_digest FROM current_boards WHERE snapshot = '2022-01'"
        ).scalar()
    assert _data(folders["superglue"])["digests"] == {"board": digest}


def test_article_has_each_of_its_claims(folders: dict[str, Path]) -> None:
    shown = _page(folders["8783"])
    assert "Angry at a paper: How not to Lie with a Benchmark" in shown.text
    assert "https://kexue.fm/archives/8783" in shown.links
    rows = _data(folders["8783"])["rows"]
    assert {row["claim"] for row in rows} == {f"averaging-c{i}" for i in range(1, 6)}
    for row in rows:
        assert row["sentence"] in shown.text


@pytest.mark.parametrize("name", ["superglue", "averaging-c4", "8783"])
def test_second_report_has_the_same_bytes(
    report: Callable[..., Result], judged: str, folders: dict[str, Path], name: str, tmp_path: Path
) -> None:
    assert report(judged, name, "--to", str(tmp_path / "again")).exit_code == 0
    for file in FILES:
        first, again = ((f / file).read_bytes() for f in (folders[name], tmp_path / "again"))
        assert first == again, file
    assert {path.name for path in folders[name].iterdir()} == FILES


def test_page_runs_nothing_and_asks_for_nothing(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        shown = _page(folder)
        digest = base64.b64encode(hashlib.sha256(shown.style.encode()).digest()).decode()
        policy = shown.meta["Content-Security-Policy"]
        assert f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:;" in policy
        for address in shown.links:
            assert address in FILES or re.match("https?://", address), address
        assert "url(" not in shown.style
        assert "@import" not in shown.style


def test_share_picture_and_badge_are_pictures(folders: dict[str, Path]) -> None:
    for folder in folders.values():
        with Image.open(folder / "share.png") as drawn:
            assert drawn.size == (1200, 630)
        assert (folder / "share.png").stat().st_size < 100_000
        ElementTree.parse(folder / "badge.svg")  # noqa: S314 - written by us


def test_address_goes_into_the_card_and_the_snippets(
    report: Callable[..., Result], judged: str, tmp_path: Path
) -> None:
    words = [
        "superglue",
        "--to",
        str(tmp_path / "r"),
        "--url",
        "https://rank.example/sg",
        "--p",
        "0",
    ]
    assert report(judged, *words).exit_code == 0
    shown = _page(tmp_path / "r")
    assert shown.meta["og:image"] == "https://rank.example/sg/share.png"
    assert '<iframe src="https://rank.example/sg/index.html"' in shown.text
    assert "geometric mean" in shown.text
    assert "superglue --snapshot 2022-01 --p 0 --treatment per-task --url" in shown.text


@pytest.mark.parametrize("address", ["javascript:alert(1)", "ftp://a/b", "//a/b", "https://a/?x=1"])
def test_address_must_be_that_of_a_folder_on_the_web(address: str) -> None:
    with pytest.raises(ValueError, match="must be the address of a folder"):
        published_at(address)


@pytest.fixture(scope="module")
def evil(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store whose board and claims have names that are attacks."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('evil'))}"
    keep_hostile_claims_and_board(open_store(url))
    return url


def test_names_of_a_hostile_board_are_text(
    report: Callable[..., Result], evil: str, tmp_path: Path
) -> None:
    words = [HOSTILE[0], "--as", "board", "--to", str(tmp_path / "r")]
    done = report(evil, *words)
    assert done.exit_code == 0, done.exception
    shown = _page(tmp_path / "r")
    assert set(shown.links) <= FILES  # the address that is a model's name is no link
    assert {row["model"] for row in _data(tmp_path / "r")["rows"]} == set(HOSTILE)
    seen = " ".join(shown.text.split())
    for name in HOSTILE[:3]:
        assert " ".join(name.split()) in seen
    ElementTree.parse(tmp_path / "r" / "badge.svg")  # noqa: S314 - written by us
    lines = pd.read_csv(io.BytesIO((tmp_path / "r" / "data.csv").read_bytes()))
    assert not lines.model.str.startswith(("=", "+", "-", "@")).any()


@pytest.mark.parametrize("name", [HOSTILE[i] for i in (0, 1, 7, 11)])
def test_hostile_claim_is_text(
    report: Callable[..., Result], evil: str, tmp_path: Path, name: str
) -> None:
    done = report(evil, name, "--as", "claim", "--to", str(tmp_path / "r"))
    assert done.exit_code == 0, done.exception
    shown = _page(tmp_path / "r")
    assert set(shown.links) <= FILES
    assert name in shown.text
    ElementTree.parse(tmp_path / "r" / "badge.svg")  # noqa: S314 - written by us


def test_picture_has_no_character_that_xml_forbids() -> None:
    drawn = badge_svg(Badge("a\x00b\x1b", "\ud800\uffff", "plain"))
    assert ElementTree.fromstring(drawn).get("aria-label") == "a\ufffdb\ufffd: \ufffd\ufffd"  # noqa: S314


def test_folder_with_something_else_is_refused_and_stays(
    report: Callable[..., Result], judged: str, tmp_path: Path
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = report(judged, "superglue", "--to", str(tmp_path))
    assert isinstance(done.exception, StoreError)
    assert "has 'mine.txt' in it: give another folder" in str(done.exception)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_earlier_report_is_replaced_but_not_with_a_file_of_someone_else(
    report: Callable[..., Result], judged: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    shutil.copytree(folders["averaging-c4"], folder)
    assert report(judged, "superglue", "--to", str(folder)).exit_code == 0
    assert _data(folder)["kind"] == "board"
    (folder / "note.md").write_text("mine")
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert isinstance(report(judged, "8783", "--to", str(folder)).exception, StoreError)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_full_disk_leaves_the_earlier_report_and_is_said_in_a_sentence(
    report: Callable[..., Result], judged: str, folders: dict[str, Path], tmp_path: Path
) -> None:
    folder = tmp_path / "r"
    shutil.copytree(folders["averaging-c4"], folder)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, limits[1]))  # as a full disk: EFBIG
    try:
        done = report(judged, "superglue", "--to", str(folder))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert isinstance(done.exception, LeaderboardError)
    assert f"the disk is full, {tmp_path}" in str(done.exception)
    assert _data(folder)["kind"] == "claim"
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_folder_that_cannot_be_made_is_said(
    report: Callable[..., Result], judged: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = report(judged, "superglue", "--to", str(tmp_path / "file" / "r"))
    assert isinstance(done.exception, LeaderboardError)
    assert "cannot be written: Not a directory" in str(done.exception)


def test_missing_store_and_missing_verdict_are_said(
    report: Callable[..., Result], empty: str, tmp_path: Path
) -> None:
    nowhere = f"duckdb:///{tmp_path}/none.duckdb"
    done = report(nowhere, "averaging-c4", "--to", str(tmp_path / "r"))
    assert isinstance(done.exception, StoreError)
    for name, judging in (("averaging-c4", "averaging-c4"), ("8783", "--article 8783")):
        done = report(empty, name, "--to", str(tmp_path / "r"))
        assert isinstance(done.exception, StoreError)
        assert f"`rankcheck claims {judging}` judges" in str(done.exception)
    assert not (tmp_path / "r").exists()


def test_name_is_found_among_boards_claims_and_articles(judged: str) -> None:
    store = open_store(judged)
    assert find(store, "superglue") == ("board", "superglue")
    assert find(store, "averaging-c4") == ("claim", "averaging-c4")
    assert find(store, "benchmark-means") == find(store, "8783") == ("article", "8783")
    with pytest.raises(UnknownNameError, match="did you mean 'superglue'"):
        find(store, "supergleu")
    with pytest.raises(UnknownNameError, match="unknown claim 'superglue'"):
        find(store, "superglue", "claim")


def test_option_of_boards_is_refused_for_a_claim(
    report: Callable[..., Result], judged: str, tmp_path: Path
) -> None:
    done = report(judged, "averaging-c4", "--to", str(tmp_path / "r"), "--p", "0")
    assert done.exit_code == 2
    assert "--p is for boards: leave it out" in done.output


def test_badge_follows_the_model_that_is_named(
    report: Callable[..., Result], judged: str, tmp_path: Path
) -> None:
    words = ["superglue", "--model", "SS-MoE", "--to", str(tmp_path / "r")]
    assert report(judged, *words).exit_code == 0
    badge = (tmp_path / "r" / "badge.svg").read_text()
    assert "SuperGLUE: SS-MoE: rank 1 of 24 · 95% 1–4" in badge


def test_text_of_pictures_is_cut_where_there_is_no_room() -> None:
    assert fitted("short", 20, 200) == "short"
    assert fitted("a name that is much too long", 20, 120).endswith("…")
    lines = wrapped("one two three four five six", 20, 120, 5)
    assert " ".join(lines) == "one two three four five six"
    assert len(lines) > 1
    assert wrapped("开局一段扯数据全靠编", 20, 100, 3) == ["开局一段扯", "数据全靠编"]


def test_data_are_written_in_the_formats_that_are_wanted(
    report: Callable[..., Result], judged: str, tmp_path: Path
) -> None:
    done = report(judged, "averaging-c4", "--data", "parquet", "--to", str(tmp_path / "r"))
    assert done.exit_code == 0, done.exception
    written = {path.name for path in (tmp_path / "r").iterdir()}
    assert written == FILES - {"data.csv", "data.json"}
    shown = _page(tmp_path / "r")
    assert set(shown.links) & FILES == {"data.parquet"}
    assert "rankcheck report averaging-c4 --data parquet --to FOLDER" in shown.text
