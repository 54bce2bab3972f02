from __future__ import annotations

from dataclasses import replace

from db.published import write_published
from db.rows import CheckpointRow
from db.store import Store
from flows.reports.summary import published_rows
from tests.db.test_published_and_claims import ROW, ask, measure


def test_published_scores_stand_beside_those_of_the_jobs_and_of_no_others(store: Store) -> None:
    measure(store, CheckpointRow("digest-of-mini", "mini", "file:///m"))
    write_published(store, {"list": [replace(ROW, model="mini")]})
    ((key,),) = ask(store, "SELECT job_key FROM current_runs")

    def found(key: str, name: str = "mini") -> list[tuple[float, float]]:
        with store.read() as connection:
            rows = published_rows(connection, [key], [name])
            return [(row["published"], round(row["measured"], 2)) for row in rows]

    assert found(str(key)) == [(82.03, 82.03)]
    assert found("another") == found(str(key), "another") == []
    write_published(store, {"list": [replace(ROW, model="mini", task="STS12")]})
    assert found(str(key)) == []
