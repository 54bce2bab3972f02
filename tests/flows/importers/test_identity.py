"""Where a row's name comes from, new names, and one row of several."""

import pytest

from flows.boards.foreign_files import Problems
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, DraftRow
from flows.importers._identity import chosen_rows, named_by, read_names


@pytest.mark.parametrize(
    ("model_from", "name"),
    [
        ("config", "stated"),
        ("folder", "org__a/run1"),
        ("file", "results_2"),
        (r"^(?P<model>[^/]+)/", "org__a"),
        (r"(run\d)", "run1"),
        (r"run(?=\d)", "run"),
        ("nowhere", ""),
    ],
)
def test_a_name_comes_from_the_place_asked_for(model_from, name):
    assert named_by("org__a/run1/results_2.json", model_from, "stated") == name


def test_a_file_at_the_top_has_no_folder_and_a_faulty_pattern_is_refused():
    assert named_by("results.json", "folder", "stated") == ""
    with pytest.raises(LeaderboardError, match="must be config, folder, file or a regular"):
        named_by("results.json", "(", "stated")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("old,new\nb,c\n", {"old": "new", "b": "c"}),
        ("\n a , b \n\n", {"a": "b"}),
        ('"a,b",c\na2,c\n', {"a,b": "c", "a2": "c"}),
    ],
)
def test_new_names_are_read_from_lines_of_two(put, text, names):
    assert read_names(put("names.csv", text)) == names
    tabs = "\n".join(f"{old}\t{new}" for old, new in names.items())
    assert read_names(put("names.tsv", tabs)) == names


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\n", "line 1: must be an old name and a new one, found 1"),
        ("a,b\nc,d,e\n", "line 2"),
        ("a,\n", "line 1"),
        ("a,b\na,c\n", "'a' has two new names"),
    ],
)
def test_a_line_that_is_not_two_names_is_refused(put, text, said):
    with pytest.raises(LeaderboardError, match=said):
        read_names(put("names.csv", text))


ROWS = [
    DraftRow("1", "m s1", {"A": 0.2, "B": 0.9}, base="m", revision="s1", date="2024-01-02"),
    DraftRow("2", "m s2", {"A": 0.3}, base="m", revision="s2", date="2024-01-10"),
    DraftRow("3", "other", {"A": 0.1}, date="2023-01-01"),
]


def chosen(rows=ROWS, **asked):
    problems, notes = Problems("x"), []
    kept = chosen_rows(rows, Asked("board", "2024", **asked), problems, notes)
    problems.stop_if_any()
    return {row.model: row.where for row in kept}, notes


def test_all_rows_stay_unless_one_a_model_is_asked_for():
    assert chosen() == ({"m s1": "1", "m s2": "2", "other": "3"}, [])


@pytest.mark.parametrize(
    ("keep", "kept", "left"),
    [
        ("newest", {"m": "2", "other": "3"}, "1 row out: m s1"),
        ("best", {"m": "2", "other": "3"}, "1 row out: m s1"),  # 0.3 > 0.2: only A is shared
        ("revision=s1", {"m": "1"}, "2 rows out: m s2, other"),
    ],
)
def test_one_row_a_model_is_kept_under_the_models_name(keep, kept, left):
    assert chosen(keep=keep) == (kept, [f"--keep {keep} leaves {left}"])


@pytest.mark.parametrize(
    ("keep", "rows", "said"),
    [
        ("oldest", ROWS, "must be newest, best or revision=NAME"),
        ("revision", ROWS, "must be newest"),
        ("best=1", ROWS[:1], "must be newest"),
        ("newest", [ROWS[0], DraftRow("4", "m s4", {"A": 1}, base="m")], "not every row of m says"),
        ("best", [ROWS[0], DraftRow("4", "m s4", {"C": 1}, base="m")], "share no column"),
        ("revision=s1", [ROWS[0], ROWS[0]], "2 rows have the revision s1"),
    ],
)
def test_what_cannot_be_chosen_is_refused(keep, rows, said):
    with pytest.raises(LeaderboardError, match=said):
        chosen(rows, keep=keep)


def test_rows_take_new_names_and_an_unknown_old_one_is_refused():
    assert chosen(rename={"other": "O"})[0] == {"m s1": "1", "m s2": "2", "O": "3"}
    with pytest.raises(LeaderboardError, match="no row is named 'othr': did you mean 'other'"):
        chosen(rename={"othr": "O"})


def test_the_long_list_is_shown_on_request():
    rows = [DraftRow(str(i), f"m s{i}", {"A": i / 10}, base="m") for i in range(9)]
    assert chosen(rows, keep="best")[1] == [
        "--keep best leaves 8 rows out: m s0, m s1, m s2, m s3, m s4 …"
    ]
    (note,) = chosen(rows, keep="best", verbose=True)[1]
    assert note.endswith("m s5, m s6, m s7")
