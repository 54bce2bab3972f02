"""What `rankcheck datasets list` and `check` tell."""

from __future__ import annotations

import pytest

from evaluators.errors import DatasetError
from evaluators.tasks import find, names
from flows.inputs.check import check, listing
from flows.inputs.pairs import load_task

PAIRS = [("a", "b", 1.0, "s"), ("c", "d", 2.0, "s"), ("a", "b", 1.0, "t")]


@pytest.fixture(autouse=True)
def _no_hub_cache(tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", tmp_path / "hub-cache")


def test_the_list_has_a_row_for_every_task_and_downloads_nothing(tmp_path):
    rows = listing()
    assert [row.task for row in rows] == list(names())
    bundled = {row.task: row for row in rows if row.where == "bundled"}
    assert set(bundled) == {"SampleEN", "SampleZH"}
    assert bundled["SampleZH"].digest == load_task(find("SampleZH")).digest
    assert (bundled["SampleEN"].rows, bundled["SampleEN"].distinct) == (200, 400)
    for row in rows:
        assert row.where in ("bundled", "not here")
        if row.where == "not here":
            assert row.digest is row.rows is None
            assert find(row.task).hub_id in row.problem


def test_a_row_says_where_it_was_found_and_that_rows_are_missing(mirror):
    folder = mirror(PAIRS, repository="mteb/sts12-sts")
    [row] = listing(["STS12"], mirrors=[folder])
    assert (row.where, row.rows, row.distinct, row.repeated) == ("mirror", 3, 4, 1)
    assert row.source.endswith("mteb/sts12-sts/default/test.parquet")
    assert row.language == "en"
    assert row.licence == "none stated"
    assert "3 rows, while the source has 3108" in row.problem


def test_check_reads_the_splits_that_are_fitted_on_too_and_goes_on_after_a_bad_one(mirror):
    repository = "C-MTEB/STSB"  # the former name of mteb/STSB
    mirror(PAIRS, repository=repository)
    mirror([(*row[:2], -1.0) for row in PAIRS], repository=repository, split="validation")
    folder = mirror(PAIRS, repository=repository, split="train")
    told: list[tuple[str, int, int]] = []
    rows = check(["STSB", "SampleZH"], mirrors=[folder], progress=lambda *a: told.append(a))
    by_split = {(row.task, row.split): row for row in rows}
    assert by_split["STSB", "test"].scored
    assert not by_split["STSB", "train"].scored
    assert by_split["STSB", "train"].where == "mirror"
    assert by_split["STSB", "train"].problem == ""
    assert by_split["STSB", "validation"].where == "broken"
    assert "validation.parquet, row 1 has no gold value" in by_split["STSB", "validation"].problem
    assert by_split["SampleZH", "test"].where == "bundled"
    steps = ["STSB/test", "STSB/train", "STSB/validation", "SampleZH/test", "checked"]
    assert told == [(step, done, 4) for done, step in enumerate(steps)]


def test_a_wrong_name_is_an_error_and_no_row():
    with pytest.raises(DatasetError, match="did you mean 'STS12'"):
        listing(["STS122"])
