"""Leaderboards: models by task metrics, and the ranks computed from them."""

from __future__ import annotations

from db.tables.base import BOOLEAN, DOUBLE, INTEGER, TEXT, TIMESTAMP, column, table

leaderboards = table(
    "leaderboards",
    "A leaderboard as it stood at one date; a corrected import is a new row that supersedes.",
    column("board_id", TEXT, "UUID of this import."),
    column("board", TEXT, "Name of the board: superglue for example."),
    column("snapshot", TEXT, "Date or edition of the numbers."),
    column("title", TEXT, "Name in full.", null=True),
    column("source", TEXT, "Where the numbers come from."),
    column("retrieved", TEXT, "Date they were retrieved.", null=True),
    column("licence", TEXT, "Licence of the numbers.", null=True),
    column("notes", TEXT, "What a reader must know about them.", null=True),
    column("content_digest", TEXT, "Digest of the board's whole content."),
    column("imported_at", TIMESTAMP, "When it was written here, UTC."),
)

leaderboard_columns = table(
    "leaderboard_columns",
    "The task metrics of a leaderboard.",
    column("board_id", TEXT, "The import: see leaderboards."),
    column("position", INTEGER, "Place of the column, from 0."),
    column("column_name", TEXT, "Name of the column at its source."),
    column("task", TEXT, "Task it measures."),
    column("metric", TEXT, "Metric it reports."),
    column("role", TEXT, "main or diagnostic."),
    column("split_of", TEXT, "Task of which this is one sub-split.", null=True),
    column("unit_max", DOUBLE, "The best possible value: 1 or 100.", null=True),
    column("higher_is_better", BOOLEAN, "Whether more is better."),
)

leaderboard_rows = table(
    "leaderboard_rows",
    "The models of a leaderboard.",
    column("board_id", TEXT, "The import: see leaderboards."),
    column("position", INTEGER, "Place of the row at its source, from 0."),
    column("model", TEXT, "Name of the model."),
    column("submitted_by", TEXT, "Who submitted it.", null=True),
    column("is_human", BOOLEAN, "Whether this is a human baseline."),
    column("published_score", DOUBLE, "The score that the board itself shows.", null=True),
    column("source", TEXT, "Where the row comes from.", null=True),
)

leaderboard_cells = table(
    "leaderboard_cells",
    "The numbers of a leaderboard; a missing number has no cell.",
    column("board_id", TEXT, "The import: see leaderboards."),
    column("model_position", INTEGER, "Row: see leaderboard_rows.position."),
    column("column_position", INTEGER, "Column: see leaderboard_columns.position."),
    column("value", DOUBLE, "The number, in the column's unit."),
    column("source", TEXT, "Where the number comes from.", null=True),
    column("suspect", BOOLEAN, "Whether the number is known or thought to be wrong."),
    column("suspect_reason", TEXT, "Why it is suspect.", null=True),
)

leaderboard_ranks = table(
    "leaderboard_ranks",
    "Ranks of a leaderboard's models under a treatment and a mean, computed in Python.",
    column("ranking_id", TEXT, "UUID of this ranking; a newer one supersedes."),
    column("ranking_digest", TEXT, "Digest of the ranking's whole content."),
    column("ranked_at", TIMESTAMP, "When it was written here, UTC."),
    column("board_id", TEXT, "The import: see leaderboards."),
    column("treatment", TEXT, "Name of the treatment."),
    column("mean", TEXT, "arithmetic, geometric, harmonic or p=…"),
    column("p", DOUBLE, "Exponent of the power mean."),
    column("model_position", INTEGER, "Row: see leaderboard_rows.position."),
    column("score", DOUBLE, "The mean; NULL for a row left out.", null=True),
    column("rank", INTEGER, "1 is best, ties share a rank; NULL for a row left out.", null=True),
    column("left_out_reason", TEXT, "Why the row has no rank.", null=True),
    column("flags", TEXT, "What was done to this row only, as JSON.", null=True),
)
