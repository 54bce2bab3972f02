"""What files state about models is read, left unknown, or refused, the same for every format."""

from __future__ import annotations

import pytest

from flows.boards.foreign_files import Problems
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, DraftRow, Stated
from flows.importers._facts import fact_value, facts_of


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("parameters", 7_567_295_488, 7567295488.0),
        ("parameters", "7B", 7e9),
        ("parameters", 0, None),
        ("parameters", -1, None),
        ("parameters", "-1", None),
        ("parameters", "0.0", None),
        ("parameters", None, None),
        ("context_tokens", float("inf"), None),
        ("context_tokens", float("nan"), None),
        ("context_tokens", 32768.0, 32768.0),
        ("zero_shot", -1, None),
        ("zero_shot", 0.0, 0.0),
        ("step", 0, 0.0),
        ("open_weights", True, True),
        ("open_weights", 0, False),
        ("licence", "Not specified", None),
        ("licence", "other", "other"),
        ("licence", [], None),
        ("licence", "a\0b", None),
        ("languages", ["eng", "zho", "eng"], "eng, zho"),
        ("languages", [None, "eng"], "eng"),
        ("base_model", "/home/me/bert", None),
        ("revision", 3, "3"),
        ("release_date", 2024, "2024"),
    ],
)
def test_a_stated_value_is_a_fact_or_unknown(name: str, value: object, read: object) -> None:
    found = fact_value(name, Stated(value))
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("parameters", [7, 8]),
        ("parameters", {"total": 7}),
        ("parameters", True),
        ("parameters", "lots"),
        ("parameters", 10**40),
        ("licence", True),
        ("licence", {"name": "mit"}),
        ("languages", [1, 2]),
        ("open_weights", "perhaps"),
        ("zero_shot", 1.5),
        ("release_date", "last June"),
    ],
)
def test_a_value_of_another_kind_is_refused(name: str, value: object) -> None:
    with pytest.raises(LeaderboardError, match=name):
        fact_value(name, Stated(value))


def test_a_fault_is_a_note_or_if_strict_a_problem(tmp_path) -> None:
    row = DraftRow("row 2", "m", {}, facts={"parameters": Stated("lots"), "licence": Stated("mit")})
    notes, problems = list[str](), Problems(tmp_path)
    (facts,) = facts_of([row], "here", Asked("b", "1"), problems, notes)
    assert list(facts) == ["licence"]
    problems.stop_if_any()
    assert any(
        "parameters: 1 value cannot be read and left unknown: m ('lots')" in n for n in notes
    )
    facts_of([row], "here", Asked("b", "1", strict=True), problems, notes)
    with pytest.raises(LeaderboardError, match=r"row 2.*parameters must be a number"):
        problems.stop_if_any()


def test_the_source_of_a_fact_is_in_that_of_the_board(tmp_path) -> None:
    facts = {"licence": Stated("mit", "a/README.md"), "revision": Stated("r1")}
    row = DraftRow("a", "m", {}, facts=facts)
    (found,) = facts_of([row], "cards (SHA-256 1)", Asked("b", "1"), Problems(tmp_path), [])
    assert found["licence"].source == "cards (SHA-256 1): a/README.md"
    assert found["revision"].source == ""
