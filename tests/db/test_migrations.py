"""A store of an earlier rankcheck keeps its rows and gets what is new."""

from __future__ import annotations

import sqlalchemy as sa

from db import open_store, tables
from db.condensed import CONDENSED
from db.deadline import Deadline
from db.health import health
from db.plain import now
from db.record import record
from db.store import Store
from tests.db.sample_rows import SCORES, make_run

NEW_IN_VERDICTS = (
    *("setting", "combined", "level", "cut", "exploratory", "p_value", "smallest_detectable"),
    *("looks", "rests_on", "settles", "evidence_digest", "evidence_from"),
)


def _as_first_released(store: Store) -> None:
    """Take the store back to revision 0001, with one dataset in it."""
    with store.write() as connection:
        connection.execute(sa.text("DROP VIEW IF EXISTS named_runs"))
        connection.execute(sa.text("ALTER TABLE datasets DROP COLUMN sentence_count"))
        connection.execute(sa.text("ALTER TABLE published_scores DROP COLUMN method"))
        for name in ("title", "home_board", "home_snapshot", "home_treatment"):
            connection.execute(sa.text(f"ALTER TABLE claims DROP COLUMN {name}"))
        for name in ("scope", "level"):
            connection.execute(sa.text(f"ALTER TABLE claims DROP COLUMN {name}"))
        connection.execute(sa.text("DROP VIEW IF EXISTS leaderboard_models"))
        connection.execute(sa.text("DROP VIEW IF EXISTS model_facts"))
        connection.execute(sa.text("DROP TABLE leaderboard_facts"))
        for name in ("type", "languages"):
            connection.execute(sa.text(f"ALTER TABLE leaderboard_columns DROP COLUMN {name}"))
        for name in ("tier", "rank_low", "rank_high"):
            connection.execute(sa.text(f"ALTER TABLE leaderboard_ranks DROP COLUMN {name}"))
        for name in NEW_IN_VERDICTS:
            connection.execute(sa.text(f"ALTER TABLE verdicts DROP COLUMN {name}"))
        insert = "INSERT INTO verdicts (verdict_id, claim, decided_at, verdict, board, treatment)"
        for values in (
            "'r', 'c', now(), 'holds', NULL, 'setting=a'",
            "'b', 'c', now(), 'x', 'glue', 't'",
        ):
            connection.execute(sa.text(f"{insert} VALUES ({values})"))
        connection.execute(sa.text("DROP TABLE night_reports"))
        connection.execute(sa.text("DROP VIEW IF EXISTS mteb_averages"))
        connection.execute(sa.text("DROP TABLE prompt_choices"))
        for name in CONDENSED:
            connection.execute(sa.text(f"DROP TABLE {name}"))
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        row = {"dataset_id": "d", "dataset_digest": "rows", "task": "STS12", "recorded_at": now()}
        connection.execute(sa.insert(tables.datasets), [row])


def test_a_first_store_is_upgraded_in_place(every_store: Store) -> None:
    record(every_store, make_run(), SCORES)
    _as_first_released(every_store)
    assert every_store.upgrade()
    assert health(every_store).problems == ()
    with every_store.read() as connection:
        kept = connection.execute(sa.select(tables.datasets)).mappings().one()
        of_rows, of_board = connection.execute(
            sa.select(tables.verdicts).order_by(tables.verdicts.c.verdict_id.desc())
        ).mappings()
        condensed = connection.exec_driver_sql("SELECT k, spearman FROM full_width_scores")
        assert condensed.fetchall() == [(384, 0.82)]
    assert (of_rows["setting"], of_rows["treatment"]) == ("setting=a", None)
    assert (of_board["setting"], of_board["treatment"]) == (None, "t")
    assert kept["task"] == "STS12"
    assert kept["sentence_count"] is None


def test_a_lake_is_maintained_before_its_tables_change(lake_url: str) -> None:
    """A migration reads and rewrites every file: better the few of a lake that was just merged."""
    store = open_store(lake_url)
    _as_first_released(store)
    for _ in range(3):
        with store.engine.writing(Deadline(10)) as open_writer, open_writer() as lake:
            # More rows than DuckLake keeps in its catalog, so that each commit writes a file.
            lake.execute(
                "INSERT INTO scores BY NAME SELECT 'r' AS run_id, 'm' AS metric, '{}' AS variant,"
                " 1.0 AS value, 1 AS n, i AS k FROM range(100) AS t(i)"
            )

    def files() -> int:
        query = "SELECT file_count FROM ducklake_table_info('store') WHERE table_name = 'scores'"
        with store.engine.open_reader(Deadline(10)) as lake:
            return int(lake.execute(query).fetchall()[0][0])

    assert files() == 3
    assert store.upgrade()
    assert files() == 1
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM scores").scalar_one() == 300
    store.close()
