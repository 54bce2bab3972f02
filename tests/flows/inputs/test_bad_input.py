"""Every kind of bad data gets a DatasetError that names the file, the row and the way out."""

from __future__ import annotations

import gzip
import random
from dataclasses import replace
from typing import NamedTuple

import pyarrow as pa
import pytest
from pyarrow import parquet

from evaluators.errors import DatasetError
from flows.inputs.pairs import load_task
from tests.flows.inputs.conftest import COLUMNS, ROWS, write

FILE = "org/tiny/default/test"
TSV = "sentence1\tsentence2\tscore\n"


def changed(column: int, value: object, row: int = 1):
    rows = [list(r[:3]) for r in ROWS]
    rows[row][column] = value
    return rows


class Bad(NamedTuple):
    name: str
    suffix: str
    content: object  # rows, bytes, or a table
    says: str
    columns: tuple[str, ...] = COLUMNS


def utf8_broken() -> pa.Table:
    raw = pa.array([b"fine", b"bad \xff"], pa.binary()).view(pa.string())
    return pa.table([raw, pa.array(["a", "b"]), pa.array([1.0, 2.0])], names=list(COLUMNS[:3]))


def typed(gold: pa.Array, text: pa.Array | None = None) -> pa.Table:
    text = pa.array(["a", "b"]) if text is None else text
    return pa.table([text, pa.array(["c", "d"]), gold], names=list(COLUMNS[:3]))


def cut(n: int | None) -> bytes:
    sink = pa.BufferOutputStream()
    parquet.write_table(typed(pa.array([1.0, 2.0])), sink)
    return sink.getvalue().to_pybytes()[:n]


def damaged_page() -> bytes:
    sink = pa.BufferOutputStream()
    table = typed(pa.array(range(999), pa.float64()).slice(0, 2))
    parquet.write_table(table, sink, compression="gzip")
    data = bytearray(sink.getvalue().to_pybytes())
    data[4:60] = b"\x00" * 56
    return bytes(data)


NAN = float("nan")
BAD = [
    # the file
    Bad("empty file", ".parquet", b"", r"test\.parquet is empty \(0 bytes\): fetch it again"),
    Bad("empty tsv", ".tsv", b"", r"test\.tsv is empty"),
    Bad("truncated parquet", ".parquet", cut(300), r"test\.parquet is truncated.*fetch it again"),
    Bad("start of a parquet", ".parquet", cut(3), r"test\.parquet is truncated"),
    Bad("damaged page", ".parquet", damaged_page(), r"test\.parquet is truncated, damaged"),
    Bad("damaged name", ".parquet", cut(None).replace(b"score", b"sc\xffre"), r"or not parquet"),
    Bad("no parquet at all", ".parquet", b"<html>404</html>", r"truncated, damaged or not parquet"),
    Bad("an LFS pointer", ".parquet", b"version https://git-lfs", r"truncated, damaged or no"),
    Bad("cut gzip", ".jsonl.gz", gzip.compress(b"{}" * 99, mtime=0)[:-9], r"gz is truncated or d"),
    Bad("not gzip", ".jsonl.gz", b"{}", r"gz is truncated or damaged"),
    Bad("byte-order mark", ".tsv", b"\xef\xbb\xbf" + TSV.encode(), r"byte-order mark: save it as"),
    Bad("BOM in jsonl", ".jsonl", b"\xef\xbb\xbf{}", r"byte-order mark"),
    Bad("not UTF-8", ".tsv", TSV.encode() + b"ok\tok\t1\nG\xf6re\tx\t2\n", r"tsv, line 3 is not"),
    Bad("UTF-16", ".tsv", TSV.encode("utf-16"), r"line 1 is not UTF-8"),
    Bad("text not UTF-8", ".parquet", utf8_broken(), r"row 2: column 'sentence1' .* not UTF-8"),
    Bad("no JSON", ".jsonl", b'{"sentence1": "a"}\n{oops\n', r"jsonl, line 2 is not JSON"),
    Bad("cut JSON", ".jsonl", b'{"sentence1": "a', r"jsonl, line 1 is not JSON"),
    Bad("JSON list", ".jsonl", b"[1]\n", r"line 1 is not a JSON object"),
    Bad("blank line", ".jsonl", b"{}\n\n", r"line 2 is not JSON"),
    Bad("too many fields", ".tsv", TSV.encode() + b"a\tb\tc\t1\n", r"line 2 has 4 fields, the"),
    Bad("too few fields", ".tsv", TSV.encode() + b"a\tb\t1\na\tb", r"line 3 has 2 fields"),
    Bad("blank line in tsv", ".tsv", TSV.encode() + b"a\tb\t1\n\n", r"line 3 has 1 fields"),
    # its columns
    Bad("no rows", ".parquet", [], r"has no rows", COLUMNS[:3]),
    Bad("only a header", ".tsv", [], r"has no rows", COLUMNS[:3]),
    Bad(
        "wrong columns",
        ".parquet",
        [("a", "b", 1.0)],
        r"no column 'sentence1', 'score', only 'text1', 'sentence2', 'label': rename",
        ("text1", "sentence2", "label"),
    ),
    Bad("no gold column", ".parquet", [("a", "b")], r"no column 'score'.*hidden test set"),
    Bad("header with no tabs", ".tsv", b"a,b,c\n", r"no column 'sentence1'"),
    Bad("gold is text", ".parquet", typed(pa.array(["1", "2"])), r"holds string"),
    Bad("gold is bool", ".parquet", typed(pa.array([True, False])), r"'score' holds bool, not num"),
    Bad("bytes", ".parquet", typed(pa.array([1, 2]), pa.array([b"a", b"b"])), r"holds binary, not"),
    Bad("lists", ".parquet", typed(pa.array([1, 2]), pa.array([["a"], ["b"]])), r"holds list<"),
    # its sentences
    Bad("no sentence", ".parquet", changed(0, None), r"row 2: column 'sentence1' holds no"),
    Bad("no sentences", ".parquet", [(None, "b", 1)], r"row 1: column 'sentence1' holds nothing"),
    Bad("empty sentence", ".parquet", changed(1, ""), r"row 2: the sentence .*sentence2' is em"),
    Bad("empty in tsv", ".tsv", changed(1, "", 2), r"tsv, line 4: the sentence in"),
    Bad("white space", ".jsonl", changed(1, " \u3000"), r"jsonl, line 2: the sentence in"),
    Bad("a number", ".jsonl", changed(0, 7), r"line 2: .*holds 7, which is not text"),
    Bad("half a character", ".jsonl", changed(0, "a\ud83d"), r"line 2: .* lone surrogate"),
    Bad("missing key", ".jsonl", b'{"sentence1":"a","sentence2":"b","score":1}\n{}\n', r"line 2"),
    Bad("empty subset", ".parquet", [("a", "b", 1, "x"), ("c", "d", 2, "")], r"row 2: the sub-"),
    Bad("no subset", ".parquet", [("a", "b", 1, "x"), ("c", "d", 2, None)], r"row 2: .*subset"),
    # its gold values
    Bad("unlabelled", ".parquet", [(*r[:2], -1) for r in ROWS], r"row 1 has no gold value \(-1\)"
        r", as 3 of 3 rows: the labels of this split are hidden.*validation"),
    Bad("one unlabelled", ".parquet", changed(2, -1.0), r"row 2 has .* as 1 of 3 rows"),
    Bad("no gold", ".parquet", changed(2, None, 0), r"row 1 has no gold value \(none\), as 1 of 3"),
    Bad("no gold at all", ".parquet", [(*r[:2], None) for r in ROWS], r"as 3 of 3 rows"),
    Bad("NaN", ".parquet", changed(2, NAN), r"row 2: the gold value is nan"),
    Bad("NaN in tsv", ".tsv", changed(2, "nan"), r"line 3: the gold value is nan"),
    Bad("NaN in JSON", ".jsonl", changed(2, NAN), r"line 2: the gold value is nan"),
    Bad("infinity", ".parquet", changed(2, float("-inf"), 2), r"row 3: the gold value is -inf"),
    Bad("no number", ".tsv", changed(2, "4,5", 0), r"line 2: the gold value '4,5' is not a number"),
    Bad("empty gold", ".tsv", changed(2, "", 0), r"line 2: the gold value '' is not a number"),
    Bad("true", ".jsonl", changed(2, True), r"line 2: the gold value True is not a number"),
    Bad("too large", ".parquet", changed(2, 5.5), r"row 2: the gold value 5.5 is outside 0 to 5"),
    Bad("far too large", ".jsonl", changed(2, 10**400), r"line 2: the gold value .* is outside"),
    Bad("negative", ".parquet", changed(2, -0.5), r"row 2: the gold value -0.5 is outside"),
    Bad("constant", ".parquet", [(*r[:2], 3.0) for r in ROWS], r"all 3 gold values are 3, so no"),
    Bad("one row", ".parquet", [ROWS[0][:3]], r"all 1 gold values are"),
]  # fmt: skip


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.name)
def test_bad_data_is_refused_with_its_file_its_row_and_what_to_do(bad, task, tmp_path):
    path = tmp_path / f"{FILE}{bad.suffix}"
    path.parent.mkdir(parents=True)
    if isinstance(bad.content, bytes):
        path.write_bytes(bad.content)
    elif isinstance(bad.content, pa.Table):
        parquet.write_table(bad.content, path)
    else:
        write(path, bad.content, bad.columns)
    with pytest.raises(DatasetError, match=bad.says) as caught:
        load_task(task, mirrors=[tmp_path])
    assert str(path) in str(caught.value)


def test_repeated_rows_are_allowed(mirror, task):
    assert len(load_task(task, mirrors=[mirror([*ROWS, *ROWS])])) == 6


def test_a_folder_in_the_place_of_a_file_is_named(tmp_path, task):
    (tmp_path / f"{FILE}.parquet").mkdir(parents=True)
    with pytest.raises(DatasetError, match=r"test\.parquet cannot be read: Is a directory"):
        load_task(task, mirrors=[tmp_path])


def test_minus_one_is_a_value_where_the_range_says_so(mirror, task):
    rows = [(*row[:2], gold) for row, gold in zip(ROWS, (-1, 0, 1), strict=True)]
    data = load_task(replace(task, gold_range=(-1.0, 1.0)), mirrors=[mirror(rows)])
    assert data.gold.tolist() == [-1, 0, 1]


def test_no_damage_to_a_file_ends_in_another_error(mirror, task):
    path = mirror(ROWS * 20) / FILE.replace("test", "test.parquet")
    whole = path.read_bytes()
    draw = random.Random(0)  # noqa: S311 -- damage, no secret
    refused = 0
    for _ in range(300):
        damaged = bytearray(whole[: draw.choice((len(whole), draw.randrange(1, len(whole))))])
        damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
        path.write_bytes(damaged)
        try:
            load_task(task, mirrors=[path.parents[3]])
        except DatasetError:
            refused += 1
    assert refused > 150  # what is cut is always refused, a flipped bit mostly
