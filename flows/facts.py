"""Puts the facts that ship with the project into the store: leaderboards, published scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from db.store import Store


def publish_facts(store: Store) -> None:
    """Write bundled leaderboards, their ranks and published scores, where they changed."""
    from flows.leaderboards import store_leaderboards
    from flows.published import store_published

    store.upgrade()
    store_leaderboards(store)
    store_published(store)
