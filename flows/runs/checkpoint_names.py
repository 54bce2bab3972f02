"""Record every name of a checkpoint, also of one whose jobs ran under another name.

A job is its content, so of two names for the same bytes one has the runs. Both are rows of the
table `checkpoints`, from which the views of sentence pairs list scores under every name, and the
report says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from flows.runs.recording import checkpoint_row

if TYPE_CHECKING:
    from db.rows import CheckpointRow
    from db.store import Store
    from flows.checkpoints import Checkpoint


def record_names(store: Store, checkpoints: Iterable[Checkpoint]) -> list[str]:
    """Write the names of a plan's checkpoints that are not stored, and describe duplicates.

    Returns:
        One sentence for each checkpoint whose runs are stored under other names.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from db.record import note_inputs

    rows = [checkpoint_row(checkpoint) for checkpoint in checkpoints]
    known, scored = _stored(store, rows)
    missing = [row for row in rows if row.checkpoint_id not in known]
    if missing:

        def work(connection: object) -> None:
            for row in missing:
                note_inputs(connection, checkpoint=row)  # type: ignore[arg-type]

        store.transact(work)
    return [
        f"{row.name} has the same content as {names[0]}: one run counts for both"
        for row in rows
        if (names := scored.get(row.checkpoint_digest, [])) and row.name not in names
    ]


def _stored(store: Store, rows: list[CheckpointRow]) -> tuple[set[str], dict[str, list[str]]]:
    """Return the stored ids of rows, and by digest the names that finished runs have."""
    import sqlalchemy as sa

    from db.tables import checkpoints

    digests = sorted({row.checkpoint_digest for row in rows})
    if not digests or not store.exists():
        return set(), {}
    ids = sa.select(checkpoints.c.checkpoint_id).where(checkpoints.c.checkpoint_digest.in_(digests))
    names = sa.text(
        "SELECT DISTINCT checkpoint_digest, checkpoint FROM current_runs"
        " WHERE checkpoint_digest IN :digests ORDER BY checkpoint"
    ).bindparams(sa.bindparam("digests", expanding=True))
    scored: dict[str, list[str]] = {}
    with store.read() as connection:
        known = set(connection.execute(ids).scalars())
        for digest, name in connection.execute(names, {"digests": digests}):
            scored.setdefault(digest, []).append(name)
    return known, scored
