"""Small parts: words."""

from __future__ import annotations

from datetime import UTC, datetime

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import formatting

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.416, "0.42 s"),
        (12.3, "12 s"),
        (119.6, "120 s"),
        (245, "4 min 5 s"),
        (7380, "2 h 3 min"),
        (None, "–"),
        (float("nan"), "–"),
    ],
)
def test_duration(seconds: float | None, said: str) -> None:
    assert formatting.duration(seconds) == said


@pytest.mark.parametrize(
    ("when", "said"),
    [
        (datetime(2026, 11, 21, 11, 59, 30), "just now"),
        (datetime(2026, 11, 21, 11, 58, 30), "1 minute ago"),
        (datetime(2026, 11, 21, 9, 0), "3 hours ago"),
        (datetime(2026, 11, 1, 9, 0), "20 days ago"),
        (None, "never"),
        (pd.NaT, "never"),
    ],
)
def test_ago(when: datetime | None, said: str) -> None:
    assert formatting.ago(when, NOW) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_944_448, "3.9 MB"), (2.5e12, "2.5 TB")],
)
def test_size(count: float, said: str) -> None:
    assert formatting.size(count) == said


def test_signed_zero_has_no_sign() -> None:
    assert formatting.signed(-0.0004) == "0.00"
    assert formatting.signed(-0.4) == "−0.40"
    assert formatting.signed(0.4) == "+0.40"


def test_json_that_is_none_or_broken_does_no_harm() -> None:
    assert formatting.plain_json(None) == {}
    assert formatting.plain_json(float("nan")) == {}
    assert formatting.plain_json("{broken") == {"text": "{broken"}
    assert formatting.plain_json("[1]") == {"value": [1]}


def test_missing_values_of_a_table_are_empty_cells() -> None:
    def script() -> None:
        import pandas as pd

        from dashboard.tables import table

        table(pd.DataFrame({"rank": pd.array([1, None], dtype="Int64")}))

    shown = AppTest.from_function(script).run().dataframe[0]
    assert shown.proto.HasField("placeholder")
    assert shown.proto.placeholder == ""
