"""A store of an earlier rankcheck keeps its rows and gets what is new."""

from __future__ import annotations

import sqlalchemy as sa

from db import tables
from db.health import health
from db.plain import now
from db.store import Store

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
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '0001'"))
        row = {"dataset_id": "d", "dataset_digest": "rows", "task": "STS12", "recorded_at": now()}
        connection.execute(sa.insert(tables.datasets), [row])


def test_a_first_store_is_upgraded_in_place(every_store: Store) -> None:
    _as_first_released(every_store)
    assert every_store.upgrade()
    assert health(every_store).problems == ()
    with every_store.read() as connection:
        kept = connection.execute(sa.select(tables.datasets)).mappings().one()
        of_rows, of_board = connection.execute(
            sa.select(tables.verdicts).order_by(tables.verdicts.c.verdict_id.desc())
        ).mappings()
    assert (of_rows["setting"], of_rows["treatment"]) == ("setting=a", None)
    assert (of_board["setting"], of_board["treatment"]) == (None, "t")
    assert kept["task"] == "STS12"
    assert kept["sentence_count"] is None
