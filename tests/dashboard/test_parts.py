"""Small parts: words, the cache's key, what the bump chart draws."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from dashboard import words
from dashboard.charts.bump import bump, bump_points, bump_rows
from evaluators.averaging import TREATMENTS, Board, Column, compare

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
    assert words.duration(seconds) == said


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
    assert words.ago(when, NOW) == said


@pytest.mark.parametrize(
    ("count", "said"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (3_944_448, "3.9 MB"), (2.5e12, "2.5 TB")],
)
def test_size(count: float, said: str) -> None:
    assert words.size(count) == said


def test_signed_zero_has_no_sign() -> None:
    assert words.signed(-0.0004) == "0.00"
    assert words.signed(-0.4) == "−0.40"
    assert words.signed(0.4) == "+0.40"


def test_json_that_is_none_or_broken_does_no_harm() -> None:
    assert words.plain_json(None) == {}
    assert words.plain_json(float("nan")) == {}
    assert words.plain_json("{broken") == {"text": "{broken"}
    assert words.plain_json("[1]") == {"value": [1]}


@pytest.fixture
def comparison():
    """400 models on 5 tasks, 8 of them with a gap; the last row is human."""
    values = np.random.default_rng(7).uniform(20, 100, (400, 5))
    values[:8, 2] = np.nan
    columns = tuple(Column(f"t{j}", f"t{j}") for j in range(5))
    names = tuple(f"model {i}" for i in range(400))
    human = tuple(i == 399 for i in range(400))
    board = Board("big", "1", names, columns, values, is_human=human)
    return compare(board, TREATMENTS["per-task"])


def test_bump_chart_of_400_models_draws_the_first_the_human_and_the_found(comparison) -> None:
    drawn = bump_rows(comparison, by="geometric", top=10, found={17, 3})
    positions = {row.position for row in drawn}
    first = {row.position for row in comparison.rows if (row.ranks["geometric"] or 999) <= 10}
    assert positions == first | {399, 17}  # row 3 was searched for, but has a gap and no rank


def test_bump_chart_prints_true_ranks_and_stacks_places_without_overlap(comparison) -> None:
    drawn = bump_rows(comparison, by="arithmetic", top=10, found={17})
    points = bump_points(drawn, list(comparison.rankings), {17})
    for mean, here in points.groupby("mean"):
        ranking = {row.position: row.rank for row in comparison.rankings[mean].ranked}
        assert here["rank"].tolist() == [ranking[i] for i in here.position]
        assert sorted(here.y) == list(range(len(here)))
        assert here.sort_values("y")["rank"].is_monotonic_increasing
    kinds = points.drop_duplicates("position").set_index("position").kind
    assert kinds[399] == "human"
    assert kinds[17] == "found by search"
    assert bump(points, list(comparison.rankings)).to_dict()["layer"]
