"""The same rows are the same dataset whatever holds them, and other rows never are."""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from evaluators.dataset import PairDataset
from flows.inputs.pairs import load_task
from tests.flows.inputs.conftest import COLUMNS, ROWS, TASK, write

FILE = "org/tiny/default/test"


def dataset(first, second, gold, subsets=None):
    return PairDataset("t", "test", tuple(first), tuple(second), np.array(gold, float), subsets)


def test_equal_rows_have_one_digest_in_every_format(mirror, task, tmp_path):
    loaded = [
        load_task(task, mirrors=[mirror(suffix=suffix, name=f"m{suffix}")])
        for suffix in (".parquet", ".jsonl", ".tsv")
    ]
    zipped = tmp_path / "gz" / f"{FILE}.jsonl.gz"
    zipped.parent.mkdir(parents=True)
    zipped.write_bytes(gzip.compress((tmp_path / f"m.jsonl/{FILE}.jsonl").read_bytes()))
    loaded.append(load_task(task, mirrors=[tmp_path / "gz"]))
    assert len({data.digest for data in loaded}) == 1
    for data in loaded:
        assert (data.task, data.split, len(data)) == ("Tiny", "test", 3)
        assert data.first == tuple(row[0] for row in ROWS)
        assert data.second == tuple(row[1] for row in ROWS)
        assert data.gold.tolist() == [4.5, 2.0, 0.0]
        assert data.gold.dtype == np.float64
        assert data.subsets == ("animals", "animals", "weather")


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string(), pa.string_view()])
@pytest.mark.parametrize("number", [pa.float64(), pa.float32(), pa.int64(), pa.int8()])
def test_the_writers_choice_of_types_changes_nothing(tmp_path, task, kind, number):
    path = tmp_path / f"{FILE}.parquet"
    path.parent.mkdir(parents=True)
    columns = [pa.array(["a", "b"], kind), pa.array(["c", "d"], kind), pa.array([1, 3], number)]
    parquet.write_table(pa.table(columns, names=list(COLUMNS[:3])), path)
    expected = dataset(["a", "b"], ["c", "d"], [1, 3])
    assert load_task(task, mirrors=[tmp_path]).digest == expected.digest


def test_dictionary_columns_row_groups_and_other_columns_change_nothing(tmp_path, task):
    write(tmp_path / "plain" / f"{FILE}.parquet", ROWS)
    path = tmp_path / "odd" / f"{FILE}.parquet"
    path.parent.mkdir(parents=True)
    table = parquet.read_table(tmp_path / "plain" / f"{FILE}.parquet")
    subset = table.column("subset").dictionary_encode()
    table = table.set_column(3, "subset", subset).append_column("id", pa.array([1, 2, 3]))
    parquet.write_table(table.select(["id", *reversed(COLUMNS)]), path, row_group_size=1)
    odd, plain = (load_task(task, mirrors=[tmp_path / name]) for name in ("odd", "plain"))
    assert odd.digest == plain.digest


def test_windows_line_ends_and_a_missing_last_one_change_nothing(mirror, task, tmp_path):
    plain = load_task(task, mirrors=[mirror(suffix=".tsv")])
    path = tmp_path / "mirror" / f"{FILE}.tsv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n").removesuffix(b"\r\n"))
    assert load_task(task, mirrors=[tmp_path / "mirror"]).digest == plain.digest


def test_a_copy_without_the_subset_column_loads_and_is_another_dataset(mirror, task):
    with_subsets = load_task(task, mirrors=[mirror(name="with")])
    without = load_task(task, mirrors=[mirror([row[:3] for row in ROWS], name="without")])
    assert without.subsets is None
    assert without.digest != with_subsets.digest
    undeclared = load_task(replace(task, subset_column=None), mirrors=[mirror(name="with")])
    assert undeclared.digest == without.digest


def test_the_digest_can_be_had_with_json_and_sha256_alone():
    data = dataset(["a", "é"], ["b", "狗"], [0, 2.5], ("x", "y"))
    text = '[["a","é"],["b","狗"],[0.0,2.5],["x","y"]]'
    assert data.digest == hashlib.sha256(text.encode()).hexdigest()
    assert json.loads(text)


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("one letter", dataset(["ab", "d"], ["c", "F"], [1, 2])),
        ("text moved to the other column", dataset(["a", "d"], ["bc", "f"], [1, 2])),
        ("text moved to the next row", dataset(["a", "bd"], ["c", "f"], [1, 2])),
        ("columns exchanged", dataset(["c", "f"], ["ab", "d"], [1, 2])),
        ("order", dataset(["d", "ab"], ["f", "c"], [2, 1])),
        ("one gold value in its last bit", dataset(["ab", "d"], ["c", "f"], [1, 2 + 2**-51])),
        ("one row less", dataset(["ab"], ["c"], [1])),
        ("subsets", dataset(["ab", "d"], ["c", "f"], [1, 2], ("s", "s"))),
    ],
)
def test_every_change_changes_the_digest(what, other):
    assert other.digest != dataset(["ab", "d"], ["c", "f"], [1, 2]).digest


def test_minus_zero_is_zero():
    assert dataset(["a"], ["b"], [-0.0]).digest == dataset(["a"], ["b"], [0.0]).digest


TEXTS = st.lists(st.text(alphabet="ab\t\n\",[]\\'", max_size=4), min_size=2, max_size=2)


@given(TEXTS, TEXTS, TEXTS, TEXTS)
def test_no_two_contents_share_a_digest(a, b, c, d):
    one, other = dataset(a, b, [0, 1]), dataset(c, d, [0, 1])
    assert (one.digest == other.digest) == ((a, b) == (c, d))


def test_one_changed_byte_of_the_file_is_another_dataset(mirror, task, tmp_path):
    before = load_task(task, mirrors=[mirror(suffix=".jsonl")]).digest
    path = tmp_path / "mirror" / f"{FILE}.jsonl"
    path.write_bytes(path.read_bytes().replace(b"cat sits", b"cat hits"))
    assert load_task(TASK, mirrors=[tmp_path / "mirror"]).digest != before
