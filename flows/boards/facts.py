"""Import the bundled facts into the store: leaderboards and published scores."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from db.published import imported_digest, note_import
from evaluators import averaging
from flows.bundled import bundled

if TYPE_CHECKING:
    from db.store import Store


_NAME = "bundled"


def publish_facts(store: Store) -> bool:
    """Write the bundled leaderboards, ranks and published scores that changed.

    Returns:
        Whether anything had changed since the last import.
    """
    store.upgrade()
    digest = sources_digest()
    if imported_digest(store, _NAME) == digest:
        return False
    from flows.boards.leaderboards import store_leaderboards
    from flows.boards.published import store_published

    store_leaderboards(store)
    store_published(store)
    # Last, so that a kill in between makes the next run look again.
    note_import(store, _NAME, digest)
    return True


def sources_digest() -> str:
    """Return a digest of the bundled files and of the code that imports them."""
    digest = hashlib.sha256()
    for name, path in _sources():
        digest.update(f"{name}\0{path.stat().st_size}\0".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _sources() -> Iterator[tuple[str, Path]]:
    """Yield each file, by its path in its folder: a board is named after its folder."""
    code = Path(averaging.__file__).parent, Path(__file__).parent
    for folder in (bundled("data", "leaderboards"), bundled("data", "published"), *code):
        for path in sorted(folder.rglob("*")):
            if path.suffix in (".csv", ".yaml", ".py"):
                yield path.relative_to(folder).as_posix(), path
