"""The q-values of verdicts are those of Benjamini and Yekutieli."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import sqlalchemy as sa
from scipy.stats import false_discovery_control

from db.claims import write_verdicts
from db.rows import VerdictRow
from db.store import Store

AT = datetime(2026, 1, 1, tzinfo=UTC)


def test_q_values_are_those_of_scipy(every_store: Store) -> None:
    p_values = np.random.default_rng(0).uniform(0, 0.2, 12).tolist()
    rows = [
        VerdictRow(f"v{i}", f"c{i}", AT, "holds", p_value=p, combined=True, night_id="n")
        for i, p in enumerate(p_values)
    ]
    # Neither one without a p-value nor those of single settings belong to the family.
    rows += [VerdictRow("none", "c", AT, "holds", combined=True, night_id="n")]
    rows += [VerdictRow("one", "c", AT, "holds", p_value=1e-9, setting="a", night_id="n")]
    write_verdicts(every_store, rows)
    for view in ("current_verdicts", "claim_history"):
        with every_store.read() as connection:
            found = {
                row["claim"]: row["q_value"]
                for row in connection.execute(
                    sa.text(f"SELECT claim, q_value FROM {view} WHERE combined")  # noqa: S608
                ).mappings()
            }
        expected = false_discovery_control(p_values, method="by")
        assert [found[f"c{i}"] for i in range(12)] == pytest.approx(expected.tolist())
        assert found["c"] is None


def test_history_is_corrected_within_each_plan_run(every_store: Store) -> None:
    rows = [
        VerdictRow(f"{night}{i}", f"c{i}", AT, "holds", p_value=0.01, combined=True, night_id=night)
        for night, count in (("one", 1), ("two", 4))
        for i in range(count)
    ]
    write_verdicts(every_store, rows)
    with every_store.read() as connection:
        query = "SELECT night_id, max(q_value) FROM claim_history GROUP BY night_id ORDER BY 1"
        found = connection.execute(sa.text(query)).all()
    assert found[0][1] == pytest.approx(0.01)
    assert found[1][1] == pytest.approx(0.01 * (1 + 1 / 2 + 1 / 3 + 1 / 4))
