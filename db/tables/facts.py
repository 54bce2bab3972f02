"""What shipped facts were last written here."""

from __future__ import annotations

from db.tables.base import TEXT, TIMESTAMP, column, table

fact_imports = table(
    "fact_imports",
    "Imports of the facts that ship with rankcheck; the newest of a name counts.",
    column("name", TEXT, "What was imported: leaderboards and published scores are `bundled`."),
    column("digest", TEXT, "Digest of the files and the code that the import was made from."),
    column("imported_at", TIMESTAMP, "When it was written here, UTC."),
)
