"""The numbers that runs produced."""

from __future__ import annotations

import sqlalchemy as sa

from db.tables.base import BIGINT, DOUBLE, INTEGER, TEXT, column, table

scores = table(
    "scores",
    "One number of one run; the task, checkpoint and dataset stand in its row of runs.",
    column("run_id", TEXT, "The run that produced it."),
    column("metric", TEXT, "spearman, pearson, accuracy and the like."),
    column("variant", TEXT, "What tells it from its siblings, as canonical JSON."),
    column("value", DOUBLE, "The number, in the metric's own unit (Spearman in -1 to 1)."),
    column("ci_low", DOUBLE, "Lower end of the 95% interval.", null=True),
    column("ci_high", DOUBLE, "Upper end of the 95% interval.", null=True),
    column("n", BIGINT, "How many examples it rests on."),
    # The three parts of `variant` that every view asks for, kept beside it so that reading
    # millions of rows parses no JSON.
    column("k", INTEGER, "Kept dimensions: the variant's k.", null=True),
    column("aggregate", TEXT, "all, mean, wmean or subset: the variant's aggregate.", null=True),
    column("subset", TEXT, "Name of the subset: the variant's subset.", null=True),
)

score_curves = table(
    "score_curves",
    "A metric along a whole axis of one run, kept as one list.",
    column("run_id", TEXT, "The run that produced it."),
    column("metric", TEXT, "spearman and the like."),
    column("axis", TEXT, "What the position means: k is the number of kept dimensions."),
    column("start", INTEGER, "Position of the first value."),
    column("values", sa.ARRAY(sa.Double()), "The metric at start, start + 1 and so on."),
    column("variant", TEXT, "What tells it from its siblings, as canonical JSON."),
)
