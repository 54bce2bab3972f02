from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from db import Store, open_store
from flows.boards import facts, leaderboards


def test_unchanged_facts_are_not_read_again_and_changed_ones_are(
    store_with_facts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(f"duckdb:///{shutil.copy(store_with_facts, tmp_path)}")
    assert not facts.publish_facts(store)
    with store.read() as connection:
        before = connection.exec_driver_sql("SELECT count(*) FROM leaderboard_ranks").scalar_one()
    assert before > 10_000

    # What is written a second time is the same for every board: three do, and those of scores.
    three = dict(list(leaderboards.boards().items())[:3])
    monkeypatch.setattr(leaderboards, "boards", lambda _root: three)
    sources = list(facts._sources())
    monkeypatch.setattr(facts, "_sources", lambda: sources[1:])
    assert facts.publish_facts(store)  # another digest: looked at again, and nothing doubled
    with store.read() as connection:
        after = connection.exec_driver_sql("SELECT count(*) FROM leaderboard_ranks").scalar_one()
    assert after == before


def test_a_kill_between_boards_and_note_makes_the_next_run_look_again(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    # One board does: all of them take ten seconds.
    monkeypatch.setattr(leaderboards, "boards", lambda _root: {"superglue": ("2021",)})

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(facts, "note_import", die)
        with pytest.raises(KeyboardInterrupt):
            facts.publish_facts(store)
    with store.read() as connection:
        assert connection.exec_driver_sql("SELECT DISTINCT board FROM ranks").all() == [
            ("superglue",)
        ]
    assert facts.publish_facts(store)
    assert not facts.publish_facts(store)
