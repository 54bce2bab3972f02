"""The verdict that is shown first."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from db.claims import Home, headline


class Row(NamedTuple):
    verdict: str
    statistic: float | None = None
    board: str | None = None
    snapshot: str | None = None
    treatment: str | None = None


HOME = Home("superglue", "2021", "per-task")


@pytest.mark.parametrize(
    ("rows", "home", "first"),
    [
        ([Row("holds"), Row("environment-drift"), Row("refuted")], None, 1),
        (
            [
                Row("refuted", 6.0, "superglue", "2022", "per-task"),
                Row("refuted", 4.0, "superglue", "2021", "per-task"),
                Row("holds", 2.0, "superglue", "2021", "per-metric"),
            ],
            HOME,
            1,
        ),
        (
            [
                Row("refuted", 6.0, "superglue", "2020", "per-task"),
                Row("refuted", 7.0, "superglue", "2022", "per-task"),
                Row("holds", 2.0, "glue", "2021", "per-task"),
            ],
            HOME,
            1,
        ),
        ([Row("holds", 2.0, "glue", "2021", "per-task")], HOME, 0),
        ([Row("refuted", 3.0), Row("refuted", 1.0), Row("refuted", 2.0), Row("holds")], None, 2),
        ([Row("not testable here")] * 3 + [Row("inconclusive")] * 2 + [Row("holds")], None, 5),
        ([Row("holds", 1.0, treatment="mixed")] * 2 + [Row("refuted", 9.0)], None, 2),
        ([Row("holds", 1.0, treatment="mixed")], None, 0),
        ([Row("inconclusive", None), Row("inconclusive", 4.0)], None, 1),
    ],
)
def test_the_first_is(rows: list[Row], home: Home | None, first: int) -> None:
    assert headline(rows, home=home, mixed=lambda treatment: treatment == "mixed") == first
