"""The verdict that is shown first."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from db.claims import headline


class Row(NamedTuple):
    verdict: str
    combined: bool | None = None


@pytest.mark.parametrize(
    ("rows", "first"),
    [
        ([Row("holds", True), Row("environment-drift"), Row("refuted")], 1),
        ([Row("refuted"), Row("inconclusive", True), Row("holds")], 1),
        ([Row("refuted"), Row("holds")], 0),
    ],
)
def test_the_first_is(rows: list[Row], first: int) -> None:
    assert headline(rows) == first
