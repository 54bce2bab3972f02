"""The report of a plan run: what it says, its data, and that later plan runs do not change it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pandas as pd
import pytest
from click.testing import CliRunner, Result
from PIL import Image

from db import open_store
from db.errors import StoreError
from db.record import write_night
from db.rows import NightRow
from evaluators.names import UnknownNameError
from flows.commands.report import command
from flows.reports.shareable import find
from tests.dashboard.stores import SECOND_NIGHT, keep_everything, keep_run
from tests.dashboard.test_shared import Page


@pytest.fixture(scope="module")
def ran(empty_store: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a store with two plan runs, of which the second has a report of its end."""
    url = f"duckdb:///{shutil.copy(empty_store, tmp_path_factory.mktemp('ran'))}"
    store = open_store(url)
    keep_everything(store)
    end = SECOND_NIGHT + timedelta(minutes=3)
    row = NightRow("night-2", "nightly", SECOND_NIGHT, end, evaluated=2, kept=40, failed=1)
    write_night(store, row)
    return url


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def run(url: str, *words: str) -> Result:
        monkeypatch.setenv("RANKCHECK_STORE", url)
        return CliRunner().invoke(command, list(words))

    return run


@pytest.fixture(scope="module")
def folder(ran: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the second plan run."""
    folder = tmp_path_factory.mktemp("reports") / "night-2"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RANKCHECK_STORE", ran)
        done = CliRunner().invoke(command, ["night-2", "--to", str(folder)])
        assert done.exit_code == 0, done.exception
    return folder


def _page(folder: Path) -> Page:
    return Page((folder / "index.html").read_text(encoding="utf-8"))


def _data(folder: Path) -> dict:
    return json.loads((folder / "data.json").read_text(encoding="utf-8"))


def test_page_says_what_ran_and_what_failed_and_why(folder: Path) -> None:
    shown = _page(folder).text
    assert "Plan nightly, 2026-11-21 02:00 UTC" in shown
    assert "1 job done, 1 failed, 40 skipped because they have a result already" in shown
    assert "MiniLM · STS12 · sts DatasetError: STS12: row 17 has no score; get it again" in shown
    assert "1 claim judged: 1 drifted." in shown
    assert "The same job gives the same scores." in shown
    assert "spearman ×100 77 (72 … 82); pearson ×100 78 (72 … 82)" in shown
    assert "rankcheck run nightly --rerun always" in shown
    assert "one of ours" in shown
    assert "bench" not in shown  # the name of a machine is nobody else's business


def test_score_that_moved_is_told_with_what_changed(folder: Path) -> None:
    shown = _page(folder).text
    assert "1 score moved" in shown
    assert "67.27" in shown
    assert "environment" in shown


def test_data_have_every_number_and_a_row_for_what_failed(folder: Path) -> None:
    data = _data(folder)["rows"]
    rows = pd.DataFrame(data)
    assert len(rows) == 3 + 1  # spearman, pearson, one subset; and the failure
    assert set(rows.status) == {"finished", "failed"}
    (failed,) = [row for row in data if row["status"] == "failed"]
    assert failed["error_text"] == "STS12: row 17 has no score; get it again"
    assert failed["metric"] is None
    whole = rows[(rows.metric == "spearman") & (rows["aggregate"] == "all")]
    assert list(whole.value) == [0.7727]


def test_digests_name_jobs_checkpoint_dataset_environment_and_rule(folder: Path) -> None:
    digests = _data(folder)["digests"]
    assert digests["checkpoint MiniLM"] == "digest of MiniLM"
    assert digests["dataset SampleEN"] == "digest of SampleEN"
    assert set(digests) == {
        *("jobs", "checkpoint MiniLM", "dataset SampleEN", "dataset STS12"),
        *("environment", "environment 2", "rule of environment-drift"),
    }


def test_badge_and_picture_say_that_something_failed(folder: Path) -> None:
    badge = (folder / "badge.svg").read_text()
    assert "nightly 2026-11-21: 1 done, 1 failed" in badge
    assert "#b3400a" in badge
    with Image.open(folder / "share.png") as drawn:
        assert drawn.size == (1200, 630)


def test_plan_run_without_a_report_of_its_end_says_so(
    report: Callable[..., Result], ran: str, tmp_path: Path
) -> None:
    assert report(ran, "night-1", "--to", str(tmp_path / "r")).exit_code == 0
    shown = _page(tmp_path / "r").text
    assert "it was killed, or is still running" in shown
    assert "rankcheck run" not in shown  # of which plan, nobody knows
    assert "#a85b00" in (tmp_path / "r" / "badge.svg").read_text()


def test_later_plan_run_leaves_the_report_as_it_was(
    report: Callable[..., Result], ran: str, folder: Path, tmp_path: Path
) -> None:
    path = shutil.copy(ran.removeprefix("duckdb:///"), tmp_path / "later.duckdb")
    later = SECOND_NIGHT + timedelta(days=1)
    keep_run(open_store(f"duckdb:///{path}"), "mended", task="STS12", night="night-3", at=later)
    keep_run(
        open_store(f"duckdb:///{path}"),
        "canary-2",
        job="canary",
        generation=2,
        night="night-3",
        at=later,
    )
    assert report(f"duckdb:///{path}", "night-2", "--to", str(tmp_path / "r")).exit_code == 0
    for file in folder.iterdir():
        assert (tmp_path / "r" / file.name).read_bytes() == file.read_bytes(), file.name


def test_beginning_of_an_id_is_enough_where_it_is_the_only_one(ran: str) -> None:
    store = open_store(ran)
    assert find(store, "night-2") == ("plan-run", "night-2")
    keep_run(store, "other", night="a1b2c3d4-e5f6", task="STS13")
    assert find(store, "a1b2c3") == ("plan-run", "a1b2c3d4-e5f6")
    for name in ("night-", "a1b2"):  # two of them; too short
        with pytest.raises(UnknownNameError):
            find(store, name)


def test_hostile_names_and_errors_are_text(
    report: Callable[..., Result], hostile: str, tmp_path: Path
) -> None:
    assert report(hostile, "night-1", "--to", str(tmp_path / "r")).exit_code == 0
    shown = _page(tmp_path / "r")
    assert set(shown.links) <= {"data.csv", "data.json", "data.parquet"}
    assert "<script>window.stolen=1</script> went wrong" in shown.text
    ElementTree.parse(tmp_path / "r" / "badge.svg")  # noqa: S314 - written by us
    lines = pd.read_csv(tmp_path / "r" / "data.csv", dtype=str, keep_default_na=False)
    for column in ("task", "checkpoint", "error_text"):
        assert not lines[column].str.startswith(("=", "+", "-", "@")).any()


def test_unknown_plan_run_is_refused(
    report: Callable[..., Result], ran: str, tmp_path: Path
) -> None:
    done = report(ran, "night-9", "--as", "plan-run", "--to", str(tmp_path / "r"))
    assert isinstance(done.exception, UnknownNameError)
    assert "unknown plan run 'night-9': did you mean 'night-" in str(done.exception)


def test_store_without_that_plan_run_is_said(ran: str) -> None:
    from dashboard.shared.plan_run import plan_run_report

    with open_store(ran).read() as connection, pytest.raises(StoreError, match="no plan run x"):
        plan_run_report(connection, "x")
