"""Rows of a view are the same evidence whatever the order they were added up in."""

from __future__ import annotations

import sqlalchemy as sa

from evaluators.claims import RowsOf
from flows.judging.claims import row_groups


def _digests(values: list[float]) -> list[str]:
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE sweep (arm TEXT, value REAL)"))
        for value in values:
            connection.execute(sa.text("INSERT INTO sweep VALUES ('a', :v)"), {"v": value})
        found = [group.digest for group in row_groups(connection, RowsOf("sweep", by=("arm",)))]
    engine.dispose()
    return found


def test_the_last_digits_of_an_average_make_no_new_evidence() -> None:
    total = 0.1 + 0.2 + 0.3
    other = 0.3 + 0.2 + 0.1
    assert total != other
    assert _digests([total, 5.0]) == _digests([5.0, other])
    assert _digests([total]) != _digests([total * (1 + 1e-8)])
