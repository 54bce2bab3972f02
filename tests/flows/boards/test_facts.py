from __future__ import annotations

from pathlib import Path

import pytest

from db import open_store
from flows.boards import facts


def test_unchanged_facts_are_not_read_again_and_changed_ones_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")
    assert facts.publish_facts(store)
    assert not facts.publish_facts(store)
    with store.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM leaderboard_ranks").scalar_one()
    assert before > 10_000

    sources = list(facts._sources())
    monkeypatch.setattr(facts, "_sources", lambda: sources[1:])
    assert facts.publish_facts(store)  # another digest: looked at again, and nothing doubled
    with store.read() as connection:
        after = connection.exec_driver_sql("SELECT count(*) FROM leaderboard_ranks").scalar_one()
    assert after == before


def test_a_kill_between_boards_and_note_makes_the_next_run_look_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"duckdb:///{tmp_path / 'store.duckdb'}")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(facts, "note_import", die)
        with pytest.raises(KeyboardInterrupt):
            facts.publish_facts(store)
    assert facts.publish_facts(store)
    assert not facts.publish_facts(store)
