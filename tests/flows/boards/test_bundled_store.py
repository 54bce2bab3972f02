"""The file of the user's cache with bundled boards."""

from __future__ import annotations

import pytest

from flows.boards import bundled_store


@pytest.mark.parametrize("part", ["derived_digest", "sources_digest"])
def test_other_tables_views_boards_or_ranks_are_another_file(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A store of an older schema cannot be read, and the dashboard upgrades none."""
    before = bundled_store.path_of()
    assert bundled_store.path_of() == before
    monkeypatch.setattr(bundled_store, part, lambda: "another")
    assert bundled_store.path_of() != before
