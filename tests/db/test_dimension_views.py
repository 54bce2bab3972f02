"""Curves over a grid and the law, as the views show them."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa

from db.record import record
from db.rows import CurveRow, ScoreRow
from db.store import Store
from tests.db.sample_rows import make_run


def _cell(job: str, **more: Any):
    return make_run(
        job,
        evaluator="dimension_retrieval",
        task="jl",
        checkpoint_digest="",
        dataset_digest="",
        parameters={"items": 1000, "setting": "rho=0.5", "projection": "jl"},
        **more,
    )


def _rows(store: Store, query: str) -> list[dict[str, Any]]:
    with store.read() as connection:
        return [dict(row) for row in connection.execute(sa.text(query)).mappings()]


def test_the_law_has_a_row_for_each_criterion_reached_or_not(any_store: Store) -> None:
    half, most = {"criterion": "recall 0.5"}, {"criterion": "recall 0.9"}
    scores = [
        ScoreRow("n_star", 57.5, 400, half, 55.0, 60.0),
        ScoreRow("n_star_predicted", 57.0, 400, half),
        ScoreRow("n_star_beyond", 64.0, 400, most),
        ScoreRow("seconds_of_something_else", 1.0, 1, {}),
    ]
    assert record(any_store, _cell("cell"), scores)
    rows = _rows(any_store, "FROM dimension_law ORDER BY criterion")
    assert [row["criterion"] for row in rows] == ["recall 0.5", "recall 0.9"]
    reached, missed = rows
    assert (reached["experiment"], reached["subject"]) == ("retrieval", "synthetic")
    assert (reached["items"], reached["setting"]) == (1000, "rho=0.5")
    assert (reached["n_star"], reached["ci_low"], reached["ci_high"]) == (57.5, 55.0, 60.0)
    assert (reached["predicted"], reached["beyond"]) == (57.0, None)
    assert math.isclose(reached["per_log"], 57.5 / math.log(1000))
    assert math.isclose(reached["rule"], 8.33 * math.log(1000))
    assert (missed["n_star"], missed["beyond"], missed["trials"]) == (None, 64.0, 400)


def test_a_curve_is_read_at_its_own_grid(any_store: Store) -> None:
    curves = [
        CurveRow("n", "point", 0, (4.0, 8.0, 16.0)),
        CurveRow("recall@1", "point", 0, (0.1, 0.5, 0.9)),
    ]
    assert record(any_store, _cell("cell"), [ScoreRow("n_star", 8.0, 10, {})], curves)
    rows = _rows(any_store, "SELECT metric, n, value FROM dimension_curve ORDER BY n")
    assert [tuple(row.values()) for row in rows] == [
        ("recall@1", 4, 0.1),
        ("recall@1", 8, 0.5),
        ("recall@1", 16, 0.9),
    ]


def test_a_repeated_cell_counts_once(any_store: Store) -> None:
    for generation in (0, 1):
        value = ScoreRow("n_star", 50.0 + generation, 10, {"criterion": "recall 0.5"})
        assert record(any_store, _cell("cell", generation=generation), [value])
    assert [row["n_star"] for row in _rows(any_store, "FROM dimension_law")] == [51.0]
