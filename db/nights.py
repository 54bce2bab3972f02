"""Writing what became of a plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from db.plain import utc
from db.rows import NightRow

if TYPE_CHECKING:
    from db.store import Store


def write_night(store: Store, night: NightRow) -> None:
    """Write the report of one invocation.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from db.tables import night_reports

    row = asdict(night)
    row |= {name: utc(row[name]) for name in ("started_at", "finished_at")}
    store.transact(lambda connection: connection.execute(night_reports.insert(), [row]))
