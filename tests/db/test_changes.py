"""What changed since the plan run before: scores and verdicts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from db.claims import write_verdicts
from db.rows import VerdictRow
from db.store import Store
from tests.dashboard.stores import keep_everything
from tests.db.test_published_and_claims import ask

FIRST = datetime(2026, 11, 20, 2, tzinfo=UTC)


def verdict(night: int, word: str, **more: str) -> VerdictRow:
    return VerdictRow(
        verdict_id=f"{night}-{word}-{sorted(more.items())}",
        claim=more.pop("claim", "c"),
        decided_at=FIRST + timedelta(days=night),
        verdict=word,
        night_id=f"night-{night}",
        **more,
    )


def test_a_score_stands_beside_the_one_before_it(file_store: Store) -> None:
    keep_everything(file_store)
    rows = ask(
        file_store,
        "SELECT checkpoint, task, metric, before, value, beyond, changed, is_latest, night_id"
        " FROM score_changes",
    )
    # The canary ran twice, .6727 ± .05 and .7727; nothing else was measured again.
    assert rows == [
        ("MiniLM", "SampleEN", "spearman", 0.6727, 0.7727, True, "environment", True, "night-2")
    ]


def test_only_a_verdict_of_an_earlier_night_can_change(file_store: Store) -> None:
    board = {"board": "measured-sts", "treatment": "per-task"}
    old = {"board": "glue", "treatment": "per-task"}
    write_verdicts(
        file_store,
        [
            verdict(1, "holds", snapshot="2026-11-20", **board),
            verdict(2, "refuted", snapshot="2026-11-21", **board),
            verdict(3, "refuted", snapshot="2026-11-22", **board),
            # Two snapshots of a board of others are judged in one night: no change.
            verdict(1, "holds", snapshot="2021", **old),
            verdict(1, "refuted", snapshot="2022", **old),
            verdict(4, "inconclusive", snapshot="2022", **old),
        ],
        [],
    )
    assert ask(
        file_store,
        "SELECT claim, board, snapshot, before, verdict, night_id FROM verdict_changes"
        " ORDER BY night_id",
    ) == [
        ("c", "measured-sts", "2026-11-21", "holds", "refuted", "night-2"),
        ("c", "glue", "2022", "refuted", "inconclusive", "night-4"),
    ]
