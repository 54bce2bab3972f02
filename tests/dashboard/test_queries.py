"""The pages' queries, against a real store."""

from __future__ import annotations

from datetime import timedelta

import duckdb
import pandas as pd
import pytest

from dashboard.queries import boards, overview, runs, schema, sts
from dashboard.queries.frame import frame
from db import open_store
from db.connect import connected
from db.record import write_night
from db.rows import NightRow
from evaluators.averaging import TREATMENTS, rank
from tests.dashboard.stores import FIRST_NIGHT, SECOND_NIGHT, keep_run

HOUR = timedelta(hours=1)


def test_board_from_the_store_ranks_like_the_board_from_its_file(full: str) -> None:
    from flows.boards.leaderboards import read_board

    with open_store(full).read() as connection:
        kept = boards.board(connection, "superglue", "2022-01")
    bundled = read_board("superglue", "2022-01")
    for p in (1.0, 0.0, -1.0, -7.5):
        for treatment in TREATMENTS.values():
            assert rank(kept, treatment, p).rows == rank(bundled, treatment, p).rows


def test_a_plan_run_is_what_it_ran_and_what_it_reported(store) -> None:
    keep_run(store, "one", night="killed", at=FIRST_NIGHT)
    keep_run(store, "two", night="whole", at=FIRST_NIGHT + HOUR)
    whole = NightRow("whole", "nightly", FIRST_NIGHT + HOUR, FIRST_NIGHT + 2 * HOUR, 1, 2, 0, 40, 3)
    idle = NightRow("idle", "nightly", FIRST_NIGHT + 5 * HOUR, FIRST_NIGHT + 6 * HOUR, kept=43)
    for night in (whole, idle):
        write_night(store, night)
    with store.read() as connection:
        found = overview.nights(connection).set_index("night_id")
    assert list(found.index) == ["idle", "whole", "killed"]
    assert found.runs.tolist() == [0, 1, 1]
    assert found.kept.fillna(-1).tolist() == [43, 40, -1]
    assert found.restored.tolist() == [0, 2, 0]
    assert found.failed.tolist() == [0, 3, 0]


def test_moved_pairs_a_new_checkpoint_of_the_same_name_with_the_old_one(store) -> None:
    from sqlalchemy import text

    keep_run(store, "old", spearman=0.70)
    keep_run(store, "new", spearman=0.71, at=SECOND_NIGHT, night="night-2")
    with store.write() as connection:
        connection.execute(text("UPDATE runs SET checkpoint_digest = 'other' WHERE run_id = 'new'"))
    with store.read() as connection:
        moved = overview.moved(connection)
    assert moved.run_id.tolist() == ["new"]
    assert moved.changed.tolist() == ["checkpoint"]
    assert not moved.beyond[0]
    assert moved.difference[0] == pytest.approx(0.01)


def test_moved_ignores_digests_of_what_the_whitening_was_fitted_on(store) -> None:
    from sqlalchemy import text

    keep_run(store, "old", spearman=0.70)
    keep_run(store, "new", spearman=0.80, at=SECOND_NIGHT)
    with store.write() as connection:
        connection.execute(
            text(
                "UPDATE runs SET parameters ="
                ' \'{"fit_digests":["x"],"pooling":"native","whitening":"none"}\''
                " WHERE run_id = 'new'"
            )
        )
    with store.read() as connection:
        moved = overview.moved(connection)
    assert moved.beyond.tolist() == [True]


def test_moved_does_not_compare_different_questions(store) -> None:
    keep_run(store, "raw", spearman=0.70)
    keep_run(store, "whitened", whitening="target", spearman=0.40, at=SECOND_NIGHT)
    keep_run(store, "other task", task="SampleZH", spearman=0.30, at=SECOND_NIGHT)
    with store.read() as connection:
        assert overview.moved(connection).empty


def test_long_curve_is_thinned_and_keeps_both_ends(store) -> None:
    from db.record import record
    from db.rows import CurveRow, RunRow

    digest = "wide"
    record(
        store,
        RunRow(
            *("r", "j", "n", "sts", "1", "T", digest, "d"),
            parameters={},
            seed=0,
            dtype="float32",
            status="finished",
            started_at=FIRST_NIGHT,
            finished_at=FIRST_NIGHT + timedelta(seconds=1),
            seconds=1.0,
        ),
        curves=[CurveRow("spearman", "k", 1, tuple(k / 4096 for k in range(1, 4097)))],
    )
    with store.read() as connection:
        points = sts.curve(connection, digest, "T")
    assert points.k.min() == 1
    assert points.k.max() == 4096
    assert 200 < len(points) < 300
    assert (points.spearman == points.k / 4096).all()


def test_log_filters_are_parameters_and_not_sql(full: str) -> None:
    with open_store(full).read() as connection:
        assert runs.log(connection, task="' OR 1=1 --").empty
        assert len(runs.log(connection, status="failed")) == 1
        assert len(runs.log(connection, night="night-1")) == 4
        assert len(runs.log(connection, most=2)) == 2


def test_dictionary_names_views_before_tables_and_columns_in_order(full: str) -> None:
    with open_store(full).read() as connection:
        known = schema.dictionary(connection)
    kinds = known[known["column"] == ""].kind.tolist()
    assert kinds.index("table") > max(i for i, kind in enumerate(kinds) if kind == "view")
    columns = known[(known.object == "sts_scores") & (known["column"] != "")]["column"].tolist()
    assert columns[:4] == ["checkpoint", "checkpoint_digest", "task", "language"]
    assert known.duplicated(["object", "column"]).sum() == 0


def test_a_frame_holds_what_python_reads_row_by_row() -> None:
    query = """
        SELECT * FROM (VALUES
            (1::INTEGER, 5::BIGINT, 0.5::DOUBLE, 'a', [1, 2], NULL::INTEGER, true,
                TIMESTAMP '2026-01-01'),
            (2, NULL, NULL, NULL, NULL, NULL, NULL, NULL)
        ) AS t(whole, known, measured, word, items, missing, decided, moment)
    """
    with connected(duckdb.connect()) as connection:
        rows = connection.exec_driver_sql(query).fetchall()
        found = frame(connection, query)
        nothing = frame(connection, f"SELECT * FROM ({query}) WHERE whole > :least", least=2)  # noqa: S608
    expected = pd.DataFrame([tuple(row) for row in rows], columns=list(found.columns))
    pd.testing.assert_frame_equal(found, expected)
    assert found["items"][0] == [1, 2]
    assert nothing.empty
    assert list(nothing.columns) == list(found.columns)
