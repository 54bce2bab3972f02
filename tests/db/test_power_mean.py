from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluators.averaging import power_mean

EXPONENTS = (1.0, 0.0, -1.0, 2.0, 0.5, -2.0, 3.7, -0.3, 50.0, -50.0, 1e-9, -1e-9, -1e-200)
FAR = (1000.0, -1000.0, 1e9, -1e9, math.inf, -math.inf)


@pytest.fixture(scope="module")
def duck(empty_store: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The plain client on a store: the macro lives in the file."""
    with duckdb.connect(str(empty_store), read_only=True) as connection:
        yield connection


def sql(duck: duckdb.DuckDBPyConnection, rows: list[tuple[object, float]]) -> list[float | None]:
    """Ask for many lists at once, as a query over a table would."""
    lists, exponents = zip(*rows, strict=True)
    query = """
        SELECT power_mean(xs, p) FROM (
            SELECT unnest($1::DOUBLE[][]) AS xs, unnest($2::DOUBLE[]) AS p)
    """
    return [row[0] for row in duck.execute(query, [list(lists), list(exponents)]).fetchall()]


def assert_same(
    duck: duckdb.DuckDBPyConnection, rows: list[tuple[list[float | None], float]]
) -> None:
    for (xs, p), found in zip(rows, sql(duck, rows), strict=True):
        wanted = power_mean(xs, p)
        if wanted is None or found is None:
            assert found is None, (xs, p, found)
            assert wanted is None, (xs, p, wanted)
        else:
            # Below the smallest normal double nothing keeps its digits.
            assert math.isclose(found, wanted, rel_tol=1e-12, abs_tol=1e-300), (xs, p)


def test_random_lists_with_gaps_ties_zeros_and_negatives_equal_the_reference(
    duck: duckdb.DuckDBPyConnection,
) -> None:
    draw = random.Random(7)  # noqa: S311 - no secret
    rows: list[tuple[list[float | None], float]] = []
    for _ in range(3000):
        kind = draw.random()
        pool: list[float | None] = [draw.uniform(0.01, 100) for _ in range(4)]
        if kind < 0.2:
            pool.append(0.0)
        if kind < 0.1 or kind > 0.9:
            pool.append(-draw.uniform(0.01, 100))
        if 0.4 < kind < 0.5:
            pool.append(None)
        xs = [draw.choice(pool) for _ in range(draw.randrange(0, 12))]
        rows.append((xs, draw.choice(EXPONENTS + FAR)))
    assert sum(power_mean(xs, p) is None for xs, p in rows) > 300
    assert_same(duck, rows)


@settings(max_examples=150, deadline=None)
@given(
    xs=st.lists(st.floats(1e-6, 1e6) | st.sampled_from([0.0, -1.0, 1.0, 50.0]), max_size=8),
    p=st.floats(-200, 200) | st.sampled_from(EXPONENTS + FAR),
)
def test_no_list_and_exponent_tell_sql_and_python_apart(
    duck: duckdb.DuckDBPyConnection, xs: list[float], p: float
) -> None:
    assert_same(duck, [(list(xs), p)])


def test_one_bad_row_does_not_kill_the_whole_query(duck: duckdb.DuckDBPyConnection) -> None:
    nan, inf = math.nan, math.inf
    lists = [[0.0, 1.0], [-1.0, 2.0], [nan], [inf], [], None, [None], [1.0, None], [1e308, 1e308]]
    rows = [(xs, p) for xs in lists for p in (*EXPONENTS, *FAR, nan)]
    assert len(sql(duck, rows)) == len(rows)
    assert sql(duck, [(xs, 0.0) for xs in lists[:8]]) == [None] * 8


def test_integers_decimals_and_tables_are_taken(duck: duckdb.DuckDBPyConnection) -> None:
    query = """
        SELECT power_mean([1, 2, 4], 0), power_mean([1.5, 2.5], 1),
            (SELECT power_mean(list(v), -1) FROM (VALUES (1.0), (2.0)) t(v)),
            power_mean(['a'], 1), power_mean(NULL, 1), power_mean([1], NULL)
    """
    assert duck.execute(query).fetchone() == (2.0, 2.0, pytest.approx(4 / 3), None, None, None)


def test_scaling_the_numbers_scales_the_mean(duck: duckdb.DuckDBPyConnection) -> None:
    small = sql(duck, [([1.0, 2.0, 5.0], p) for p in EXPONENTS])
    large = sql(duck, [([1e200, 2e200, 5e200], p) for p in EXPONENTS])
    assert [x * 1e200 for x in small if x] == pytest.approx([x for x in large if x], rel=1e-12)


def test_whole_weights_are_numbers_that_count_so_often(duck: duckdb.DuckDBPyConnection) -> None:
    draw = random.Random(4)  # noqa: S311 - no secret
    for p in (1.0, 0.0, -1.0, 0.5, -3.0, 2.5, 1e-9, math.inf, -math.inf):
        numbers = [draw.uniform(0.5, 90) for _ in range(6)]
        weights = [draw.randint(1, 4) for _ in numbers]
        often = [x for x, w in zip(numbers, weights, strict=True) for _ in range(w)]
        (mean,) = duck.execute(
            "SELECT weighted_power_mean(?, ?, ?)", [numbers, weights, p]
        ).fetchone() or (None,)
        assert mean == pytest.approx(power_mean(often, p), rel=1e-12)


@pytest.mark.parametrize(
    "call",
    [
        "[1, 2], [1], 1",
        "[1, 2], [1, 0], 1",
        "[1, 2], [1, NULL], -1",
        "[1, NULL], [1, 1], 0",
        "[1, 0], [1, 1], -1",
        "[1, -1], [1, 1], 2",
        "[], [], 1",
        "[1], NULL, 1",
    ],
)
def test_a_weighted_mean_that_is_undefined_is_null(
    duck: duckdb.DuckDBPyConnection, call: str
) -> None:
    assert duck.execute(f"SELECT weighted_power_mean({call})").fetchone() == (None,)
