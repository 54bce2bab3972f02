"""Views as Parquet: the same rows and types, and the text of each column."""

import duckdb
import pyarrow.parquet as pq
import pytest

from db.errors import StoreError
from db.parquet import write_parquet
from tests.dashboard.stores import keep_run


def test_a_view_is_read_back_with_the_same_rows_and_types(any_store, tmp_path):
    store = any_store
    keep_run(store, "1", spearman=0.6)
    keep_run(store, "2", task="SampleZH", spearman=1 / 3)
    path = tmp_path / "x.parquet"
    assert write_parquet(store, "sts_scores", path) == 2
    with store.read() as connection:
        raw = connection.connection.driver_connection
        expected = raw.execute("SELECT * FROM sts_scores ORDER BY run_id")
        columns, rows = expected.description, expected.fetchall()
    read = duckdb.connect().execute(f"SELECT * FROM '{path}' ORDER BY run_id")  # noqa: S608
    assert [column[:2] for column in read.description] == [column[:2] for column in columns]
    assert read.fetchall() == rows
    schema = pq.read_schema(path)
    assert schema.metadata[b"view"] == b"sts_scores"
    assert schema.field("ci_low").metadata[b"text"] == b"Lower end of the 95% interval of spearman."


@pytest.mark.parametrize("name", ["score_curves", "dictionary", "night_reports"])
def test_lists_texts_and_empty_tables_can_be_written(file_store, tmp_path, name):
    keep_run(file_store, "1")
    path = tmp_path / "x.parquet"
    rows = write_parquet(file_store, name, path)
    assert pq.read_table(path).num_rows == rows


def test_an_unknown_view_or_a_bad_place_is_named(file_store, tmp_path):
    keep_run(file_store, "1")
    with pytest.raises(StoreError, match="did you mean 'sts_scores'"):
        write_parquet(file_store, "sts_score", tmp_path / "x.parquet")
    with pytest.raises(StoreError, match="no view or table is called"):
        write_parquet(file_store, "runs; DROP TABLE runs", tmp_path / "x.parquet")
    with pytest.raises(StoreError, match="cannot be written"):
        write_parquet(file_store, "runs", tmp_path / "none" / "x.parquet")
    assert not list(tmp_path.glob("*.parquet*"))
