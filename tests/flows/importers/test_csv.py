"""Tables that others made: what is refused, and the option that resolves it."""

import csv
import gzip
import io

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flows.boards.spec import read_spec
from tests.flows.importers.conftest import cells, refused, taken

TABLE = "model,A,B\nm1,90,50\nm2,80.5,\n"

SPEC = """\
name: board
title: A board
unit_max: 100
columns:
  - {name: A, task: T, metric: f1}
  - {name: B, task: T, metric: accuracy, role: diagnostic}
snapshots:
  "2024": {dated: "May 2024", source: "somewhere@1:x.csv", licence: MIT, repeated_models: [m1]}
"""


def test_a_plain_table_is_read_and_what_was_assumed_is_said(put):
    found = taken("csv", put("a.csv", TABLE))
    assert cells(found) == {"m1": {"A": 90, "B": 50}, "m2": {"A": 80.5}}
    assert found.board.columns[0].unit_max == 100
    assert any("perfect score is taken to be 100" in note for note in found.notes)
    assert any("no row is human" in note for note in found.notes)
    assert found.source.startswith("a.csv (SHA-256 ")


@pytest.mark.parametrize(
    "content",
    [
        "\ufeff" + TABLE.replace("\n", "\r\n"),
        TABLE.replace(",", "\t"),
        gzip.compress(TABLE.encode(), mtime=0),
    ],
    ids=["BOM and CRLF", "tabs", "gzip"],
)
def test_the_same_table_in_other_clothes_is_the_same_board(put, content):
    name = "a.csv.gz" if isinstance(content, bytes) else "a.tsv" if "\t" in content else "a.csv"
    assert cells(taken("csv", put(name, content))) == {
        "m1": {"A": 90, "B": 50},
        "m2": {"A": 80.5},
    }


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("94.2/92.3", "--pairs split"),
        ("-", "--missing '-'"),
        ("NaN", "--missing 'NaN'"),
        ('"92,3"', "--decimal comma"),
        ("92.3%", "one plain number"),
        ('"1,000"', "1000 with grouped thousands or 1.000 with a decimal comma"),
        ('"-92,345"', "write -92345 or -92.345"),
        ('"1,000,000"', "thousands are grouped: write 1000000"),
        ('"1,000.5"', "thousands are grouped: write 1000.5"),
        ('"0,913"', "--decimal comma does"),
        ("1e400", "one plain number"),
    ],
)
def test_a_cell_that_is_no_number_is_refused_with_its_place_and_the_way_out(put, cell, said):
    message = refused("csv", put("a.csv", f"model,A,B\nm1,90,{cell}\nm2,80,70\n"))
    assert said in message
    assert "row 2 (m1), B" in message


def test_every_problem_of_a_file_is_said_at_once_up_to_twenty(put):
    rows = "".join(f"m{i},90,x{i}\n" for i in range(30))
    message = refused("csv", put("a.csv", f"model,A,B\nm,90,50\n{rows}"))
    assert "30 problems, so nothing is imported" in message
    assert message.count("\n") == 21
    assert message.endswith("and 10 more")


def test_named_options_resolve_what_is_refused(put):
    text = "model;MRPC;B\nm1;94,2/92,3;-\nm2;80,0/70,5;3,5\n"
    own = {"delimiter": "semicolon", "decimal": "comma", "missing": ["-"]}
    assert "--delimiter" in refused("csv", put("a.csv", text))
    found = taken("csv", put("a.csv", text), {**own, "pairs": "split"})
    assert cells(found) == {
        "m1": {"MRPC_1": 94.2, "MRPC_2": 92.3},
        "m2": {"MRPC_1": 80.0, "MRPC_2": 70.5, "B": 3.5},
    }
    assert {column.task for column in found.board.columns} == {"MRPC", "B"}
    assert any("'-' is a missing score" in note for note in found.notes)
    assert any("two numbers a cell" in note for note in found.notes)


def test_a_column_with_one_cell_of_two_numbers_is_not_split(put):
    text = "model,A\nm1,94.2/92.3\nm2,80\n"
    assert "two numbers" in refused("csv", put("a.csv", text), {"pairs": "split"})


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("model,A,B\nm1,0.5,0.9\n", None),
        ("model,A,B\nm1,0.5,90\nm2,0.4,80\n", "never exceed 1"),
        ("model,A,B\nm1,1500,90\n", "1500 is beyond 100"),
        ("model,A,B\nm1,1,0\n", "does not determine the unit"),
        ("model,A,B\nm1,,\n", "the file has no scores"),
        ("model,A,B,C\nm1,60%,0.5,90\nm2,70,0.4,80\n", "columns B never exceed 1"),
    ],
)
def test_the_unit_is_inferred_only_beyond_doubt(put, text, said):
    path = put("a.csv", text)
    if said is None:
        assert taken("csv", path).board.columns[0].unit_max == 1
    else:
        assert said in refused("csv", path)


def test_a_row_of_noughts_is_a_bad_model_and_no_row_of_proportions(put):
    found = taken("csv", put("a.csv", "model,A,B\nm1,90,50\nm2,0,0\n"))
    assert cells(found)["m2"] == {"A": 0, "B": 0}
    assert not found.board.suspect
    assert "bring the row" in refused("csv", put("b.csv", "model,A,B\nm1,90,50\nm2,0,0.5\n"))


def test_an_empty_folder_is_said_to_be_one(tmp_path):
    assert "is an empty folder: give a folder with files" in refused("csv", tmp_path)


def test_a_row_of_proportions_among_per_cent_is_refused_or_flagged(put):
    path = put("a.csv", "model,A,B\nm1,90,80\nm2,0.9,0.8\n")
    assert "row 3 (m2): every score is at most 1" in refused("csv", path)
    found = taken("csv", path, suspect=("m2",))
    assert set(found.board.suspect) == {(1, 0), (1, 1)}
    assert "90 is beyond the unit 1" in refused("csv", path, unit=1.0)


def test_a_human_is_named_exactly_and_never_by_a_part_of_a_name(put):
    path = put("a.csv", "model,submitted_by,A\nHuman Baseline,,90\nBERT,Anshuman Singh,80\n")
    assert taken("csv", path).board.is_human == (False, False)
    assert taken("csv", path, human=("Human Baseline",)).board.is_human == (True, False)
    assert "did you mean 'Human Baseline'" in refused("csv", path, human=("human",))
    flags = put("b.csv", "model,is_human,A\nAnshuman,0,90\nH,1,80\n")
    assert taken("csv", flags).board.is_human == (False, True)
    assert "must be 0 or 1" in refused("csv", put("c.csv", "model,is_human,A\nH,yes,80\n"))


def test_a_flag_or_average_that_is_not_wanted_can_be_ignored(put):
    path = put("a.csv", "model,is_human,published_score,A\nH,TRUE,n/a,90\nB,FALSE,n/a,80\n")
    assert "must be 0 or 1" in refused("csv", path)
    found = taken("csv", path, ignore=("is_human", "published_score"), human=("H",))
    assert found.board.is_human == (True, False)
    assert (found.board.published != found.board.published).all()


def test_duplicate_models_are_refused_or_submissions_of_their_own(put):
    path = put("a.csv", "model,A\nm1,90\nm1,80\nm2,70\n")
    assert "2 rows named 'm1' (row 2, row 3)" in refused("csv", path)
    for names in (("m1",), ("ALL",)):
        assert taken("csv", path, repeated=names).board.models == ("m1", "m1", "m2")
    assert "unknown model" in refused("csv", path, repeated=("m3",))


def test_columns_of_text_are_refused_in_one_sentence_and_can_be_ignored(put):
    path = put("a.csv", "model,family,A\nm1,Llama,90\nm2,Qwen,80\n")
    message = refused("csv", path)
    assert "--ignore 'family'" in message
    assert "\n" not in message
    assert cells(taken("csv", path, ignore=("family",)))["m1"] == {"A": 90}
    assert "unknown column" in refused("csv", path, ignore=("famly",))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column 'model'"),
        ("model,A\n", "the file has no rows"),
        ("model\nm1\n", "no column of scores"),
        ("model,A,A\nm1,1,2\n", "2 columns named 'A'"),
        ("model,,A\nm1,1,2\n", "column 2 has no name"),
        ("name,A\nm1,90\n", "--model-column"),
        ("model,A\n,90\n", "row 2: no model name"),
        ("model,A\nm1,90,3\n", "3 cells under 2 columns"),
        (b"\xff\xfe\x00m", "cannot be read as UTF-8 CSV"),
        ('model,A\n"m1,90\n', "cannot be read as UTF-8 CSV"),
    ],
)
def test_empty_and_broken_tables_are_refused(put, text, said):
    assert said in refused("csv", put("a.csv", text))


def test_a_column_spec_says_what_columns_are_and_refuses_the_rest(put):
    spec = read_spec(put("board.yaml", SPEC))
    found = taken("csv", put("a.csv", "model,A,B\nm1,90,0.5\nm1,80,0.4\n"), spec=spec)
    assert [(c.task, c.metric, c.role) for c in found.board.columns] == [
        ("T", "f1", "main"),
        ("T", "accuracy", "diagnostic"),
    ]
    assert found.source == "somewhere@1:x.csv"
    assert (found.licence, found.dated, found.board.title) == ("MIT", "May 2024", "A board")
    message = refused("csv", put("b.csv", "model,A,C\nm1,90,50\n"), spec=spec)
    assert "column 'C' is not in the column spec" in message


def test_names_that_would_command_a_terminal_are_escaped_in_messages(put):
    message = refused("csv", put("a.csv", "model,A\nm,50\n\x1b[31mred,x1\n"))
    assert "\x1b" not in message
    assert "\\x1b[31mred" in message


def test_a_unit_that_contradicts_the_column_spec_is_refused(put):
    spec = read_spec(put("board.yaml", SPEC))
    path = put("a.csv", "model,A,B\nm1,90,50\n")
    assert "the column spec says 100: say one" in refused("csv", path, spec=spec, unit=1.0)
    assert taken("csv", path, spec=spec, unit=100.0).board.columns[0].unit_max == 100


@pytest.mark.parametrize(
    "text",
    [
        "model,A,B\nm1,90,60%\nm2,80,0.5\n",
        "model,A,B\nm1,60%,0.9\nm2,55,0.8\n",
        "model,A,B\nm1,60%,1\nm2,,0\n",
        "model,A\nm1,60%\n",
        "model,A,B,C\nm1,60%,0.5,0.4\nm2,90,80,70\n",
    ],
)
def test_what_an_unreadable_cell_leaves_of_its_column_tells_nothing_more(put, text):
    message = refused("csv", put("a.csv", text))
    assert "60%" in message
    assert "\n" not in message


def test_a_decimal_comma_leaves_a_point_before_three_digits_in_doubt(put):
    own = {"decimal": "comma", "delimiter": "semicolon"}
    path = put("a.csv", "model;A\nm1;1.000\nm2;92,345\n")
    assert "1000 with grouped thousands or 1.000 with a decimal point" in refused("csv", path, own)
    found = taken("csv", put("b.csv", "model;A\nm1;1,000\nm2;92,345\n"), own)
    assert cells(found) == {"m1": {"A": 1.0}, "m2": {"A": 92.345}}


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1).map(str.strip)


@given(
    models=st.lists(names.filter(bool), min_size=1, max_size=5, unique=True),
    columns=st.lists(
        names.filter(
            lambda n: n and n not in ("model", "is_human", "submitted_by", "source")
        ).filter(lambda n: n != "published_score"),
        min_size=1,
        max_size=4,
        unique=True,
    ),
    data=st.data(),
)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_board_written_as_csv_comes_back(put, models, columns, data):
    cell = st.none() | st.floats(-100, 100).map(lambda x: round(x, 6))
    table = [[data.draw(cell) for _ in columns] for _ in models]
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(["model", *columns])
    for model, row in zip(models, table, strict=True):
        writer.writerow([model, *("" if x is None else repr(x) for x in row)])
    path = put("a.csv", out.getvalue().encode())
    asked = {"suspect": tuple(models), "directions": dict.fromkeys(columns, "higher")}
    if all(x is None for row in table for x in row):
        assert "the file has no scores" in refused("csv", path, **asked)
        return
    found = taken("csv", path, unit=100.0, **asked)
    assert cells(found) == {
        model: {c: x for c, x in zip(columns, row, strict=True) if x is not None}
        for model, row in zip(models, table, strict=True)
    }


def test_a_zip_bomb_an_archive_and_nothing_at_all_are_refused(put, tmp_path, monkeypatch):
    monkeypatch.setattr("flows.boards.foreign_files.read_bytes.__kwdefaults__", {"limit": 1000})
    bomb = put("a.csv.gz", gzip.compress(b"model,A\n" + b"0" * 10**6))
    assert "contains more than" in refused("csv", bomb)
    assert "is an archive" in refused("csv", put("a.zip", b"PK"))
    assert "cannot be read" in refused("csv", put("b.csv.gz", b"no gzip"))
    assert "does not exist" in refused("csv", tmp_path / "nothing.csv")
    assert "cannot be read" in refused("csv", tmp_path)


def test_a_bundled_board_exported_and_imported_is_the_same_numbers(real):
    from flows.boards.leaderboards import read_board

    found = taken("csv", real("superglue_2021_voteandrank.csv")).board
    ours = read_board("superglue", "2021")
    assert found.models == ours.models
    assert found.is_human == ours.is_human
    assert [c.name for c in found.columns] == [c.name for c in ours.columns]
    assert (
        found.values[ours.values == ours.values] == ours.values[ours.values == ours.values]
    ).all()
