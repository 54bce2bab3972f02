"""The store describes itself: one row for each table, view, macro and column."""

from __future__ import annotations

from db.tables.base import TEXT, column, table

dictionary = table(
    "dictionary",
    "What every table, view, macro and column of this store means.",
    column("object", TEXT, "Name of the table, view or macro."),
    column("column", TEXT, "Name of the column; empty for the object itself."),
    column("kind", TEXT, "table, view, macro, column or digest."),
    column("text", TEXT, "What it means."),
)
