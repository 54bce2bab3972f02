"""Rows as text do nothing in a spreadsheet or on a terminal, and line up."""

from __future__ import annotations

import pytest

from db.table_text import aligned_table, csv_text, escape_control, escape_formula, printable


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@A1", "\t=1", "\r=1", "  =1+1", "\n@A1"])
def test_a_text_like_a_formula_gets_a_quote(text: str) -> None:
    assert escape_formula(text) == f"'{text}"


@pytest.mark.parametrize("cell", ["a=1", "", -1.5, None, True])
def test_other_cells_stay_as_they_are(cell: object) -> None:
    assert escape_formula(cell) == cell


def test_csv_escapes_the_header_too_and_leaves_none_empty() -> None:
    assert csv_text(["=h", "n"], [["a,b", None], ["@x", -2]]) == "'=h,n\n\"a,b\",\n'@x,-2"


def test_columns_line_up_where_signs_are_two_wide() -> None:
    assert aligned_table(["m", "score"], [False, True], [["中文", "1.5"], ["ab", "10.5"]]) == [
        "m     score",
        "中文    1.5",
        "ab     10.5",
    ]


def test_control_characters_are_blanked_or_spelled_out() -> None:
    assert printable("a\x1b[31m\n") == "a [31m "
    assert escape_control("a\x1b[31m\n") == "a\\x1b[31m\\n"
