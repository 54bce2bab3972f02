"""What papers and boards publish and claim, and what each plan run decided."""

from __future__ import annotations

from db.tables.base import DOUBLE, INTEGER, TEXT, TIMESTAMP, column, table

published_scores = table(
    "published_scores",
    "Scores that others published, to stand beside ours.",
    column("collection", TEXT, "The list it belongs to; a newer import of the list supersedes."),
    column("batch_id", TEXT, "UUID of the import of the list."),
    column("batch_digest", TEXT, "Digest of the list's whole content."),
    column("imported_at", TIMESTAMP, "When it was written here, UTC."),
    column("model", TEXT, "Model: its name on the hub, or as the source spells it."),
    column("weights_sha256", TEXT, "SHA-256 of the weights file, where known.", null=True),
    column("revision", TEXT, "Revision that was measured, where stated.", null=True),
    column("task", TEXT, "Task that was measured."),
    column("split", TEXT, "Split that was measured.", null=True),
    column("metric", TEXT, "Metric that was reported: spearman for example."),
    column("pooling", TEXT, "Pooling used: native where the source says nothing."),
    column("whitening", TEXT, "Whitening used: none where the source says nothing."),
    column("k", INTEGER, "Kept dimensions; NULL means all.", null=True),
    column("aggregate", TEXT, "How subsets were combined: all, mean or wmean."),
    column("value", DOUBLE, "The number as published."),
    column("unit_max", DOUBLE, "The best possible value in its unit: 1 or 100."),
    column("source", TEXT, "Where it was published."),
    column("retrieved", TEXT, "Date it was retrieved.", null=True),
    column("licence", TEXT, "Licence of the number.", null=True),
    column("notes", TEXT, "What a reader must know about it.", null=True),
    column(
        "method",
        TEXT,
        "How it was trained, as arm_scores names arms; NULL for sentence similarity.",
        null=True,
    ),
)

claims = table(
    "claims",
    "Sentences that a paper or an article asserts, with the rule that decides them.",
    column("claim_id", TEXT, "Digest of this row's content."),
    column("claim", TEXT, "Name of the claim."),
    column("sentence", TEXT, "What is asserted."),
    column("source", TEXT, "Who asserts it, and where."),
    column("decision_rule", TEXT, "What number decides it, and how."),
    column("evaluator", TEXT, "The evaluator that supplies the evidence.", null=True),
    column("recorded_at", TIMESTAMP, "When it was first recorded, UTC."),
    column("title", TEXT, "The claim in a few words.", null=True),
    column("home_board", TEXT, "Board it was made about, whose verdict is shown first.", null=True),
    column("home_snapshot", TEXT, "Snapshot of that board.", null=True),
    column("home_treatment", TEXT, "Treatment of that board.", null=True),
)

verdicts = table(
    "verdicts",
    "What the evidence said about a claim at one time.",
    column("verdict_id", TEXT, "UUID made by the process that decided."),
    column("claim", TEXT, "Name of the claim."),
    column("claim_id", TEXT, "The claim's wording: see claims.", null=True),
    column("decided_at", TIMESTAMP, "When it was decided, UTC."),
    column("verdict", TEXT, "holds, refuted, inconclusive, not testable here, or a drift."),
    column("statistic", DOUBLE, "The number that decided.", null=True),
    column("ci_low", DOUBLE, "Lower end of its 95% interval.", null=True),
    column("ci_high", DOUBLE, "Upper end of its 95% interval.", null=True),
    column("threshold", DOUBLE, "What the number was compared with.", null=True),
    column("board", TEXT, "Leaderboard it rests on.", null=True),
    column("snapshot", TEXT, "Snapshot of that leaderboard.", null=True),
    column("treatment", TEXT, "Treatment of that leaderboard.", null=True),
    column("run_id", TEXT, "Run it rests on.", null=True),
    column("night_id", TEXT, "The invocation that decided.", null=True),
    column("detail", TEXT, "One sentence for people.", null=True),
)
