"""What is refused when a board is read, and what the refusal says."""

import pytest

from flows.boards.leaderboards import boards, read_board
from flows.errors import LeaderboardError

YAML = """\
name: small
title: Small
unit_max: 100
columns:
  - {name: A, task: A, metric: accuracy}
  - {name: B_f1, task: B, metric: f1}
  - {name: C, task: C, metric: cider, above_unit: true}
snapshots:
  "2000": {dated: "2000-01-01", source: "somewhere@1:file.csv"}
"""
HEADER = "model,submitted_by,is_human,published_score,A,B_f1,C"


@pytest.fixture
def root(tmp_path):
    (tmp_path / "small").mkdir()
    write(tmp_path, "m1,us,0,50,40,60,50", "human,,1,,90,,")
    return tmp_path


def write(root, *rows, header=HEADER, text=None, yaml=YAML, name="2000.csv"):
    (root / "small" / "board.yaml").write_text(yaml, encoding="utf-8")
    content = "\n".join([header, *rows]) + "\n" if text is None else text
    (root / "small" / name).write_bytes(content if isinstance(content, bytes) else content.encode())


def refused(root):
    with pytest.raises(LeaderboardError) as caught:
        read_board("small", root=root)
    return str(caught.value)


def test_small_board_is_read(root):
    board = read_board("small", root=root)
    assert board.values[0].tolist() == [40, 60, 50]
    assert board.is_human == (False, True)
    assert board.sources[0] == "somewhere@1:file.csv"


@pytest.mark.parametrize(
    ("cell", "advice"),
    [
        ("94.2/92.3", "two numbers"),
        ("94.2 / 92.3", "two numbers"),
        ("-", "leave the cell empty"),
        ("NaN", "leave the cell empty"),
        ("nan", "leave the cell empty"),
        ("inf", "leave the cell empty"),
        ('"92,3"', "write the comma as a point"),
        ("92.3%", "one plain number"),
        ("ninety", "one plain number"),
        ("9_0", "one plain number"),
        ("٩٠", "one plain number"),
        ("1e999", "one plain number"),
        ("101", "beyond the unit 100"),
        ("-101", "beyond the unit 100"),
    ],
)
def test_cell_that_is_no_score_is_refused_with_row_and_column(root, cell, advice):
    write(root, f"m1,us,0,50,40,{cell},50")
    message = refused(root)
    assert advice in message
    assert "2000.csv, row 2 (m1), B_f1" in message


def test_unquoted_european_comma_is_refused_as_a_cell_too_many(root):
    write(root, "m1,us,0,50,40,92,3,50")
    assert "row 2: 8 cells under 7 columns; a European comma" in refused(root)


def test_duplicate_models_are_refused_unless_each_is_a_submission(root):
    rows = ["m1,us,0,50,40,60,50", "m1,them,0,50,41,60,50"]
    write(root, *rows)
    assert "2 rows named 'm1' (rows 2, 3)" in refused(root)
    write(root, *rows, yaml=YAML.replace('csv"}', 'csv", repeated_models: [m1]}'))
    assert read_board("small", root=root).models == ("m1", "m1")


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (HEADER.replace("B_f1", "B_F1"), "column 'B_F1' is not in board.yaml"),
        (HEADER.replace("B_f1", "A"), "2 columns named 'A'"),
        (HEADER.replace("is_human", "human"), "no column 'is_human'"),
    ],
)
def test_unknown_doubled_or_missing_columns_are_refused(root, header, said):
    write(root, "m1,us,0,50,40,60,50", header=header)
    assert said in refused(root)


@pytest.mark.parametrize("flag", ["", "yes", "human", "2", "True"])
def test_human_flag_must_be_said_not_guessed(root, flag):
    write(root, f"m1,us,{flag},50,40,60,50")
    assert "is_human is" in refused(root)


def test_row_of_proportions_on_a_board_of_per_cent_is_refused(root):
    write(root, "m1,us,0,50,0.4,0.6,0.5")
    assert "every score is at most 1 on a board whose perfect score is 100" in refused(root)


def test_bom_crlf_tsv_style_line_ends_and_empty_lines_are_read(root):
    text = f"\ufeff{HEADER}\r\nm1,us,0,50,40,,50\r\n\r\n"
    write(root, text=text)
    board = read_board("small", root=root)
    assert board.models == ("m1",)
    assert board.values[0, 1] != board.values[0, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has no rows"),
        (HEADER + "\n", "has no rows"),
        (b"\xff\xfe\x00m", "cannot be read as UTF-8 CSV"),
        (HEADER + '\n"m1,us,0,50', "cannot be read as UTF-8 CSV"),
    ],
)
def test_empty_truncated_and_foreign_files_are_refused(root, text, said):
    write(root, text=text)
    assert said in refused(root)


def test_unnamed_model_is_refused(root):
    write(root, " ,us,0,50,40,60,50")
    assert "row 2: no model name" in refused(root)


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        (YAML.replace("unit_max: 100", "unit_max: -1"), "unit_max"),
        (YAML.replace("metric: f1", "metrik: f1"), "columns.1.metric"),
        (YAML + "colour: red\n", "colour: Extra inputs"),
        ("name: [", "not valid YAML"),
        (YAML.replace('"2000":', '"1999":'), "does not say where snapshot '2000' comes from"),
    ],
)
def test_faulty_board_yaml_is_refused_with_the_place(root, yaml, said):
    write(root, "m1,us,0,50,40,60,50", yaml=yaml)
    assert said in refused(root)


@pytest.mark.parametrize(
    "flag",
    [
        "{model: m1, column: A, value: 41, reason: stale}",
        "{model: nobody, reason: stale}",
        "{model: m1, column: Z, value: 40, reason: stale}",
    ],
)
def test_suspect_flag_that_no_longer_fits_its_cell_is_refused(root, flag):
    yaml = YAML.replace('file.csv"}', f'file.csv", suspect: [{flag}]}}')
    write(root, "m1,us,0,50,40,60,50", yaml=yaml)
    assert "but the snapshot has 0 such cells" in refused(root)


def test_unknown_board_and_snapshot_come_with_what_there_is(root):
    with pytest.raises(LeaderboardError, match="did you mean 'superglue'"):
        read_board("superglu")
    with pytest.raises(LeaderboardError, match="it has 2021, 2022-01"):
        read_board("glue", "1999")
    (root / "small" / "2000.csv").unlink()
    assert "has no snapshot" in refused(root)


def test_latest_snapshot_is_the_default():
    assert boards()["superglue"] == ("2021", "2022-01")
    assert read_board("superglue").snapshot == "2022-01"


def test_every_bundled_row_names_its_source_at_a_commit_or_by_its_digest():
    import re

    file = r"[\w.-]+, .+ \(SHA-256 [0-9a-f]{12}\)"
    known = rf"[\w-]+/[\w-]+@[0-9a-f]{{7,40}}:.+|{file}"

    for name, snapshots in boards().items():
        for snapshot in snapshots:
            for source in read_board(name, snapshot).sources:
                assert re.fullmatch(known, source), (name, source)
