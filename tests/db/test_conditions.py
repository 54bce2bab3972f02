"""Untrusted conditions on the rows of a small table."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import pytest

from db import conditions
from db.conditions import LONGEST, answer_condition
from db.errors import QueryError

COLUMNS = {"model": "text", "parameters": "number", "open_weights": "flag", "licence": "text"}
ROWS = [("a", 1e6, True, "mit"), ("b", None, False, "query's"), ("c", 7e9, None, None)]


@pytest.mark.parametrize(
    ("condition", "answers"),
    [
        ("parameters < 1e9 AND open_weights", (True, False, False)),
        ("PARAMETERS < 1e10 -  -1", (True, None, True)),
        ("licence = 'query''s' OR models.parameters > 1e9", (False, True, True)),
        ("licence GLOB 'm*'", (True, False, None)),
        ("model IN ('a', ';--')", (True, False, False)),
        ("CASE WHEN open_weights THEN NULL ELSE true END", (None, True, True)),
        ("len(list_filter([1, 2], lambda y: y > parameters)) = 0", (True, True, True)),
        ("open_weights IS NOT DISTINCT FROM NULL", (False, False, True)),
        (" OR ".join(["model = 'b'"] * 100), (False, True, False)),
    ],
)
def test_a_condition_is_answered_as_in_sql(
    condition: str, answers: tuple[bool | None, ...]
) -> None:
    assert answer_condition(COLUMNS, ROWS, condition) == answers


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("", "is empty"),
        (" ", "is empty"),
        ("x" * 100_000, f"at most {LONGEST:,} characters long, got 100,000"),
        ("true; DROP TABLE models", "without a semicolon"),
        ("true -- comment", "must not contain comments"),
        ("true /* comment */", "must not contain comments"),
        ("true\nAND false", "must be one line"),
        ("model = 'a\0'", "control characters"),
    ],
)
def test_a_text_that_cannot_be_a_condition_is_refused_at_once(condition: str, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        answer_condition(COLUMNS, ROWS, condition)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("parameters", "must be true or false for each model, .* of the type DOUBLE"),
        ("NULL", "must be true or false"),
        ("parametres < 1", "no model has a fact called 'parametres': did you mean 'parameters'"),
        ('licence = "mit"', "Text stands in 'single quotes'"),
        ("other.parameters < 1", "no model has a fact called 'parameters'"),
        ("parameters <", "not valid SQL: syntax error at end of input"),
        ("true, false", "give one condition; several are joined by AND or OR"),
        ("true) FROM models WHERE (true", "syntax error"),
        ("true) OR (true", "syntax error"),
        ("true FROM models", "syntax error"),
        ("true UNION SELECT 1", "give one condition"),
        ("true AS answer", "syntax error"),
        ("parameters > (SELECT median(parameters) FROM models)", "a subquery cannot be used"),
        ("EXISTS (FROM duckdb_tables())", "a subquery cannot be used"),
        ("row_number() OVER () = 1", "a window function cannot be used"),
        ("COLUMNS(*) IS NOT NULL", r"\* cannot be used"),
        ("unnest([true, false])", "one answer for each model"),
        ("parameters < ?", "a parameter cannot be used"),
        ("count(*) > 1", r"count\(\) is about many"),
        ("random() < 0.5", r"random\(\) cannot be used: its answer changes"),
        ("release_date < current_date", "no model has a fact called"),
        ("current_setting('threads') = '2'", r"current_setting\(\) cannot be used"),
        ("CAST(licence AS INTEGER) > 1", "Could not convert string 'mit' to INT32"),
        ("[" * 900 + "1" + "]" * 900 + " IS NULL", "nested too deeply"),
    ],
)
def test_what_is_not_a_condition_on_one_row_is_refused(condition: str, message: str) -> None:
    with pytest.raises(QueryError, match=message) as error:
        answer_condition(COLUMNS, ROWS, condition)
    assert "LINE" not in str(error.value)


@pytest.mark.parametrize(
    "condition",
    [
        "(SELECT count(*) FROM range(1000000000) a, range(1000000000) b) > 1",
        "list_sort(range(100000000))[1] = 1",
        "length(repeat('a', 1000000000)) > 1",
        "list_sum(list_transform(range(100000), lambda y: list_sum(range(1000000)))) > 1",
    ],
)
def test_a_greedy_condition_ends_in_time(monkeypatch: pytest.MonkeyPatch, condition: str) -> None:
    monkeypatch.setattr(conditions, "SECONDS", 2)
    begun = time.monotonic()
    with pytest.raises(QueryError, match=r"subquery|memory|stopped after 2 s"):
        answer_condition(COLUMNS, ROWS, condition)
    assert time.monotonic() - begun < 2 + 20  # a child may start slowly on a busy machine


def test_nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    answer_condition(COLUMNS, ROWS, "open_weights")
    with pytest.raises(QueryError):
        answer_condition(COLUMNS, ROWS, "nonsense")
    assert list(tmp_path.iterdir()) == []


def test_thousands_of_rows_and_none_at_all() -> None:
    rows = [(str(i), float(i), None, None) for i in range(3235)]
    assert sum(map(bool, answer_condition(COLUMNS, rows, "parameters < 100"))) == 100
    assert answer_condition(COLUMNS, [], "parameters < 100") == ()
