"""What pages read instead of all scores is what the scores say, on every engine."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.condensed import CONDENSED
from db.health import health
from db.record import record
from db.rows import ScoreRow
from db.store import Store
from db.tables import scores
from tests.db.sample_rows import SCORES, make_run


def ask(store: Store, query: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(query)]


def differing(store: Store) -> list[str]:
    """Return the tables whose rows are not those of their definition."""
    found = []
    for name, query in CONDENSED.items():
        rows = query.format(scores="scores")
        sides = (f"FROM {name} EXCEPT ALL ({rows})", f"({rows}) EXCEPT ALL FROM {name}")
        if any(ask(store, side) for side in sides):
            found.append(name)
    return found


QUANTISED = [
    ScoreRow("spearman_int8", 0.815, 1379, {"k": 384, "aggregate": "all"}, 0.79, 0.84),
    ScoreRow("spearman_int8_change", -0.005, 1379, {"k": 384, "aggregate": "all"}, -0.006, -0.004),
]


def test_a_run_is_condensed_as_it_is_recorded(every_store: Store) -> None:
    record(every_store, make_run(run_id="r"), [*SCORES, *QUANTISED])
    headlines = "SELECT metric, value, ci_low, n, k FROM headline_scores ORDER BY metric"
    assert ask(every_store, headlines) == [
        ("pearson", 0.83, None, 1379, 384),
        ("spearman", 0.82, 0.80, 1379, 384),
        ("spearman_int8", 0.815, 0.79, 1379, 384),
        ("spearman_int8_change", -0.005, -0.006, 1379, 384),
    ]
    assert ask(every_store, "SELECT * FROM full_width_scores") == [
        ("r", 384, 0.82, 0.80, 0.84, 0.83, 1379, None, 0.79, [256, 384])
    ]
    others = "SELECT * EXCLUDE (pairs) FROM other_width_scores ORDER BY k"
    nothing = (None, None)
    assert ask(every_store, others) == [
        ("r", 256, "float32", 0.81, *nothing, None, *nothing, None, *nothing),
        ("r", 384, "int8", 0.815, 0.79, 0.84, None, *nothing, -0.005, -0.006, -0.004),
    ]


def test_every_kind_of_run_is_condensed_as_its_definition_says(every_store: Store) -> None:
    everything = {"aggregate": "all"}
    runs = {
        "no k": [ScoreRow("accuracy", 0.5, 9), ScoreRow("f1", 0.4, 9, {"seed": 1})],
        "no headline": [
            ScoreRow("spearman", 0.5, 9, {**everything, "k": 4}),
            ScoreRow("spearman", 0.4, 9, {"k": 8, "aggregate": "subset", "subset": "a"}),
        ],
        "only a mean": [ScoreRow("spearman", 0.5, 9, {"k": 8, "aggregate": "mean"})],
        "many": [ScoreRow("spearman", i / 999, 9, {**everything, "k": i}) for i in range(1, 700)],
        "nothing": [],
    }
    for job, rows in runs.items():
        record(every_store, make_run(job), rows)
    assert differing(every_store) == []
    counts = {name: ask(every_store, f"SELECT count(*) FROM {name}") for name in CONDENSED}  # noqa: S608
    assert counts == {
        "headline_scores": [(3,)],
        "full_width_scores": [(3,)],
        "other_width_scores": [(699,)],
    }


def test_a_failing_write_condenses_nothing(
    file_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(CONDENSED, "other_width_scores", "SELECT error('the disk is full')")
    with pytest.raises(Exception, match="the disk is full"):
        record(file_store, make_run(), SCORES)
    for name in ("runs", "scores", "headline_scores", "full_width_scores"):
        assert ask(file_store, f"SELECT count(*) FROM {name}") == [(0,)]  # noqa: S608


def test_scores_that_were_written_by_hand_are_found_and_condensed(every_store: Store) -> None:
    record(every_store, make_run(), SCORES)
    assert not [problem for problem in health(every_store).problems if "differ" in problem]
    with every_store.write() as connection:
        connection.execute(sa.update(scores).where(scores.c.k == 384).values(value=0.5))
    problems = health(every_store).problems
    assert [problem.split(":")[0] for problem in problems] == [
        "4 rows of headline_scores differ from scores",
        "2 rows of full_width_scores differ from scores",
    ]
    every_store.upgrade(rebuild=True)
    assert health(every_store).problems == ()
    assert ask(every_store, "SELECT spearman FROM sts_scores WHERE is_full") == [(0.5,)]
