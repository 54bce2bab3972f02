"""Rows that are kept as files beside the store."""

from __future__ import annotations

import pytest

from db.errors import StoreError
from evaluators.errors import ScoreError
from evaluators.result import Result, Table
from flows.runs import predictions

ROWS = Table(
    "predictions",
    {
        "id": ("a", "b"),
        "gold": (["《战国》", "x"], []),
        "entities": ([{"type": "name", "start": 0, "end": 2}], []),
        "probabilities": ([0.25, 0.75], [1.0, 0.0]),
    },
    about={"family": "span", "labels": ["财经", "体育"]},
)


def test_a_table_comes_back_as_it_was(tmp_path):
    predictions.keep_tables([ROWS], tmp_path, "run")
    back = predictions.read_parquet(tmp_path, "run", "predictions")
    assert {name: list(values) for name, values in ROWS.columns.items()} == back.columns
    assert back.about == ROWS.about


def test_a_second_writing_replaces_the_first_and_leaves_nothing_else(tmp_path):
    predictions.keep_tables([Table("predictions", {"id": ("old",)})], tmp_path, "run")
    predictions.keep_tables([ROWS], tmp_path, "run")
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["predictions.parquet"]
    assert predictions.read_parquet(tmp_path, "run", "predictions").columns["id"] == ["a", "b"]


def test_a_result_with_tables_survives_json():
    result = Result((), tables=(ROWS,))
    back = Result.from_json(result.to_json())
    assert back.tables[0].columns == dict(ROWS.columns)
    assert Result.from_json({"scores": [], "curves": [], "cost": {}}).tables == ()


def test_a_missing_table_says_how_to_get_it(tmp_path):
    with pytest.raises(StoreError, match="--rerun always"):
        predictions.read_parquet(tmp_path, "nowhere", "predictions")


@pytest.mark.parametrize("keep", [0, 10, 200])
def test_a_file_cut_short_is_named(tmp_path, keep):
    predictions.keep_tables([ROWS], tmp_path, "run")
    path = tmp_path / "run" / "predictions.parquet"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(StoreError, match=r"predictions\.parquet is damaged"):
        predictions.read_parquet(tmp_path, "run", "predictions")


def test_a_folder_that_cannot_be_written_is_an_error_of_the_store(tmp_path):
    (tmp_path / "run").write_text("a file where the folder should be")
    with pytest.raises(StoreError, match="cannot be written"):
        predictions.keep_tables([ROWS], tmp_path, "run")


def test_columns_of_two_lengths_are_refused():
    with pytest.raises(ScoreError, match=r"\[1, 2\] rows"):
        Table("predictions", {"id": ("a", "b"), "gold": (1,)})
