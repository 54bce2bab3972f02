"""A sheet of several tables comes out whole in every format."""

from __future__ import annotations

import csv
import io
import json

from flows.reports.sheet import FORMATS, Section, Sheet, write

SHEET = Sheet(
    facts=(("board", "Made up"), ("p", "1")),
    notes=("a | note",),
    sections=(
        Section("First", ("model", "score"), (False, True), (("a_b", "1.5"), ("c", "2"))),
        Section("Second", ("task",), (False,), (("x",),), note="said under it"),
    ),
    left_out=(("d", "no value for x"),),
)
RECORDS = [{"board": "Made up", "score": 1.5}, {"board": "=1+1", "rank": True}]


def test_people_see_every_table_note_and_fact() -> None:
    for form in ("table", "markdown", "latex"):
        text = write(SHEET, form, records=RECORDS, document={}).replace("\\", "")
        for said in ("Made up", "note", "First", "Second", "a_b", "x", "said under it", "no value"):
            assert said in text, (form, said)


def test_csv_takes_the_columns_of_every_record_and_runs_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(write(SHEET, "csv", records=RECORDS, document={}))))
    assert rows == [
        {"board": "Made up", "score": "1.5", "rank": ""},
        {"board": "'=1+1", "score": "", "rank": "1"},
    ]


def test_json_is_the_document_and_writes_infinity_as_text() -> None:
    document = {"p": float("inf"), "rows": ({"score": None},)}
    assert json.loads(write(SHEET, "json", records=RECORDS, document=document)) == {
        "p": "inf",
        "rows": [{"score": None}],
    }


def test_an_empty_table_is_no_crash_in_any_format() -> None:
    empty = Sheet((), (), (Section("Nothing", ("model",), (False,), ()),))
    for form in FORMATS:
        assert isinstance(write(empty, form, records=[], document={}), str)
