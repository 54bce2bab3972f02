"""Scalars of foreign YAML, by version 1.2 or as they are written."""

from __future__ import annotations

import pytest

from flows.importers._safe_yaml import YamlError, parse_yaml


@pytest.mark.parametrize(
    ("text", "value"),  # of the core schema, YAML 1.2.2, section 10.3
    [
        ("1:30", "1:30"),
        ("010", 10),
        ("-7", -7),
        ("1_000", "1_000"),
        ("0.5", 0.5),
        (".5", 0.5),
        ("9e-1", 0.9),
        ("1e400", float("inf")),
        ("-.inf", float("-inf")),
        ("no", "no"),
        ("true", True),
        ("null", None),
        ("2024-08-20", "2024-08-20"),
        ("'1'", "1"),
        ("!!int '3'", 3),
        ("!!timestamp 2024-08-20", "2024-08-20"),
    ],
)
def test_scalars_are_numbers_by_version_1_2_or_text(text, value):
    number = parse_yaml(f"[{text}]", numbers=True, aliases=False)[0]
    assert (number, type(number)) == (value, type(value))
    as_text = parse_yaml(f"[{text}]", numbers=False, aliases=False)[0]
    assert as_text == (None if value is None else text.split(" ")[-1].strip("'"))


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a: 1\na: 2", "a second key 'a'"),
        ("a: {b: 1}\nc: {<<: {b: 2}}", "a merge key"),
        ("[" * 51 + "]" * 51, "nested deeper than 50"),
        ("[" * 10_000, "nested deeper than 50"),
        ("[" + "1," * 200_000 + "]", "more than 150,000 values"),
        ("&a [*a]", "aliases"),
        ("!!python/object/apply:os.system [ls]", "could not determine a constructor"),
        ("? [a]\n: 1", "unhashable"),
        ("a\0b", "control characters|unacceptable character"),
        ("a: 1\n---\nb: 1", "single document"),
    ],
)
def test_what_is_refused_is_refused_in_both_ways(numbers, text, reason):
    with pytest.raises(YamlError, match=reason):
        parse_yaml(text, numbers=numbers, aliases=False)
    assert parse_yaml("a: &a [x]\nb: *a", numbers=numbers, aliases=True)["b"] == ["x"]
