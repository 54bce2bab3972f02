"""Charts of a known shape are not checked again, and a fault is found in any."""

from __future__ import annotations

import altair as alt
import pandas as pd
import pytest
from jsonschema import ValidationError

from tests.dashboard.chart_schema import check_chart


def made(**kept: object) -> tuple[alt.Chart, dict]:
    frame = pd.DataFrame({"x": [1.0], "y": ["a"]})
    chart = alt.Chart(frame).mark_bar().encode(x="x:Q", y=alt.Y("y:N", **kept))
    return chart, chart.to_dict(validate=False)


def test_chart_that_the_schema_allows_passes_again_with_other_words() -> None:
    for title, names in (("Score", ["a"]), ("Rank", ["b", "c"])):
        check_chart(*made(title=title, sort=names))


@pytest.mark.parametrize(
    "fault",
    [{"sort": [["a"]]}, {"sort": ["a", 1]}, {"title": 1}, {"axis": {"grid": "yes"}}],
    ids=["items", "mixed", "title", "axis"],
)
def test_fault_is_found_beside_a_chart_that_was_allowed(fault: dict) -> None:
    check_chart(*made(title="Score", sort=["a"], axis={"grid": True}))
    for _ in range(2):
        with pytest.raises(ValidationError):
            check_chart(*made(**{"title": "Score", "sort": ["a"], "axis": {"grid": True}, **fault}))
