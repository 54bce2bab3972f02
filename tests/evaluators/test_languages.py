"""Languages by code and name."""

from __future__ import annotations

import pytest

from evaluators.languages import find_languages, language_name


@pytest.mark.parametrize(
    ("name", "codes"),
    [
        ("eng", ("eng",)),
        ("en", ("eng",)),
        ("English", ("eng",)),
        ("zh", ("zho", "cmn")),
        ("chinese", ("zho", "cmn")),
        ("cmn", ("cmn", "zho")),
        ("Farsi", ("fas", "pes")),
        ("norwegian bokmål", ("nob", "nor")),
        ("yue", ("yue",)),
        ("Klingon", ("klingon",)),
    ],
)
def test_a_language_is_found_by_code_and_name(name: str, codes: tuple[str, ...]) -> None:
    assert find_languages(name) == codes


def test_names_are_shown_for_codes() -> None:
    assert [language_name(code) for code in ("deu", "cmn", "nob", "xyz")] == [
        "German",
        "Chinese",
        "Norwegian Bokmål",
        "xyz",
    ]
