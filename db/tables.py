"""The store's tables: every column with what it means."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

metadata = sa.MetaData()

TEXT = sa.Text()
INTEGER = sa.Integer()
BIGINT = sa.BigInteger()
DOUBLE: sa.Double[float] = sa.Double()
BOOLEAN = sa.Boolean()
INTEGERS: sa.ARRAY[int] = sa.ARRAY(INTEGER)
# Naive on purpose: always UTC.  TIMESTAMPTZ would print in each reader's own time zone.
TIMESTAMP = sa.DateTime()


def column(
    name: str, kind: sa.types.TypeEngine[Any], comment: str, *, null: bool = False
) -> sa.Column[Any]:
    """Return a column that cannot be made without a description.

    There are no primary keys, unique constraints, indexes or defaults anywhere: DuckLake refuses
    them, and on a DuckDB file a key makes inserts of scores several times slower.
    """
    return sa.Column(name, kind, nullable=null, comment=comment)


def table(name: str, comment: str, *columns: sa.Column[Any]) -> sa.Table:
    """Return a table of `metadata` that cannot be made without a description."""
    return sa.Table(name, metadata, *columns, comment=comment)


systems = table(
    "systems",
    "Where evaluations ran: one row for each environment that was ever seen.",
    column("system_id", TEXT, "Identity of the environment: a digest of its content."),
    column("host", TEXT, "Name of the machine.", null=True),
    column("libraries", TEXT, "Versions of the libraries that can move a score, as JSON."),
    column("machine", TEXT, "Processor, cores, memory, operating system, as JSON."),
    column("accelerators", TEXT, "GPUs with memory and driver, as JSON."),
    column("recorded_at", TIMESTAMP, "When it was first seen, UTC."),
)

checkpoints = table(
    "checkpoints",
    "Weights that were pulled: one row for each name, source and resolved revision.",
    column("checkpoint_id", TEXT, "Digest of this row's content."),
    column("checkpoint_digest", TEXT, "Content digest of the files: what the checkpoint is."),
    column("name", TEXT, "The plan's name for it."),
    column("source", TEXT, "Where it came from: hf://, file://, package:// or another URL."),
    column("requested_revision", TEXT, "Revision the plan asked for.", null=True),
    column("resolved_revision", TEXT, "Commit that revision stood for.", null=True),
    column("weights_sha256", TEXT, "SHA-256 of the weights file.", null=True),
    column("bytes", BIGINT, "Size of its files in bytes.", null=True),
    column("fallback_used", BOOLEAN, "Whether it came from the fallback source."),
    column("recorded_at", TIMESTAMP, "When it was first recorded, UTC."),
)

prompt_choices = table(
    "prompt_choices",
    "What a plan's choice of a prompt stands for on a task; where that changed, the newest counts.",
    column("checkpoint_digest", TEXT, "Content digest of the checkpoint."),
    column("checkpoint", TEXT, "The plan's name for it, by which mteb knows a model."),
    column("task", TEXT, "Task whose sentences it stands before."),
    column("choice", TEXT, "declared, none, mteb, name: …, or a plan's texts by task as JSON."),
    column("prompt", TEXT, "The text before every sentence, as in the parameters of the job."),
    column("recorded_at", TIMESTAMP, "When it was recorded, UTC."),
)

night_reports = table(
    "night_reports",
    "What became of a plan: one row for each invocation, also one that had nothing to do.",
    column("night_id", TEXT, "The invocation."),
    column("plan", TEXT, "Name of the plan."),
    column("started_at", TIMESTAMP, "When it began, UTC."),
    column("finished_at", TIMESTAMP, "When it ended, UTC."),
    column("evaluated", BIGINT, "Jobs that it ran."),
    column("restored", BIGINT, "Jobs whose result an earlier invocation had left behind."),
    column("elsewhere", BIGINT, "Jobs that another invocation finished meanwhile."),
    column("kept", BIGINT, "Jobs that were done before, and were not run again."),
    column("failed", BIGINT, "Jobs and inputs that failed."),
    column("verdicts", BIGINT, "Verdicts on claims that were new."),
)

datasets = table(
    "datasets",
    "Dataset splits that were scored, known by the digest of their rows.",
    column("dataset_id", TEXT, "Digest of this row's content."),
    column("dataset_digest", TEXT, "Content digest of the rows: what the dataset is."),
    column("task", TEXT, "Task the rows belong to."),
    column("language", TEXT, "Language code, en or zh for example.", null=True),
    column("hub_id", TEXT, "Name on the Hugging Face hub.", null=True),
    column("revision", TEXT, "Pinned revision on the hub.", null=True),
    column("config", TEXT, "Configuration on the hub.", null=True),
    column("split", TEXT, "Split that was read.", null=True),
    column("source", TEXT, "Where the rows came from: bundled, mirror or hub.", null=True),
    column("row_count", BIGINT, "Number of rows.", null=True),
    column("licence", TEXT, "Licence of the rows.", null=True),
    column("citation", TEXT, "What to cite.", null=True),
    column("recorded_at", TIMESTAMP, "When it was first recorded, UTC."),
    column("sentence_count", BIGINT, "Number of distinct sentences in them.", null=True),
)

runs = table(
    "runs",
    "Attempts at jobs, finished or failed; rows are only ever added.",
    column("run_id", TEXT, "UUID made by the process that ran it."),
    column("job_key", TEXT, "SHA-256 of the job: what was computed."),
    column("generation", INTEGER, "0 for the first run, one more for each deliberate repetition."),
    column("night_id", TEXT, "The invocation that this run was part of."),
    column("evaluator", TEXT, "What measured: sts for example."),
    column("evaluator_version", TEXT, "Version of the evaluator; a new one is a new job."),
    column("task", TEXT, "Task that was evaluated."),
    column("checkpoint_digest", TEXT, "Content digest of the checkpoint."),
    column("dataset_digest", TEXT, "Content digest of the scored rows."),
    column("parameters", TEXT, "The evaluator's parameters as canonical JSON."),
    column("seed", BIGINT, "Seed of everything random inside the evaluation."),
    column("dtype", TEXT, "Number format of weights and activations."),
    column("status", TEXT, "finished or failed."),
    column("started_at", TIMESTAMP, "When it began, UTC."),
    column("finished_at", TIMESTAMP, "When it ended, UTC."),
    column("committed_at", TIMESTAMP, "When it was written here, UTC."),
    column("seconds", DOUBLE, "How long it took, in seconds."),
    column("system_id", TEXT, "Where it ran: see systems.", null=True),
    column("checkpoint_id", TEXT, "Under which name and source: see checkpoints.", null=True),
    column("environment", TEXT, "Fingerprint of libraries, driver and machine.", null=True),
    column("code_commit", TEXT, "Commit of the code that ran.", null=True),
    column("code_dirty", BOOLEAN, "Whether that code had uncommitted changes.", null=True),
    column("prefect_flow_run_id", TEXT, "Prefect's id of the flow run.", null=True),
    column("device", TEXT, "Device it ran on.", null=True),
    column("cost", TEXT, "Throughput, peak memory, batch used and the like, as JSON.", null=True),
    column("error_type", TEXT, "Name of the error of a failed run.", null=True),
    column("error_text", TEXT, "Text of the error of a failed run.", null=True),
    column("is_canary", BOOLEAN, "Whether it repeats to notice a changed environment."),
)


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

headline_scores = table(
    "headline_scores",
    "A run's scores over everything at its full width, taken from scores when they are written.",
    column("run_id", TEXT, "The run that produced it."),
    column("metric", TEXT, "spearman, pearson, accuracy and the like."),
    column("variant", TEXT, "What tells it from its siblings, as canonical JSON."),
    column("value", DOUBLE, "The number, in the metric's own unit."),
    column("ci_low", DOUBLE, "Lower end of the 95% interval.", null=True),
    column("ci_high", DOUBLE, "Upper end of the 95% interval.", null=True),
    column("n", BIGINT, "How many examples it rests on."),
    column("k", INTEGER, "The run's largest number of dimensions; NULL without one.", null=True),
)


def _correlations() -> tuple[sa.Column[Any], ...]:
    return (
        column("spearman", DOUBLE, "Spearman's rank correlation over all pairs.", null=True),
        column("ci_low", DOUBLE, "Lower end of its 95% interval.", null=True),
        column("ci_high", DOUBLE, "Upper end of its 95% interval.", null=True),
        column("pearson", DOUBLE, "Pearson's correlation over all pairs.", null=True),
        column("pairs", BIGINT, "How many pairs spearman rests on.", null=True),
        column("spearman_mean", DOUBLE, "Mean of Spearman over subsets.", null=True),
        column("spearman_wmean", DOUBLE, "The same, weighted by numbers of pairs.", null=True),
    )


full_width_scores = table(
    "full_width_scores",
    "Correlations of sentence pairs at full width, a row for each run, taken from scores when they"
    " are written.",
    column("run_id", TEXT, "The run that produced it."),
    column("k", INTEGER, "The run's largest number of dimensions.", null=True),
    *_correlations(),
    column("ks", INTEGERS, "Every k at which the run has a Spearman, in order.", null=True),
)

other_width_scores = table(
    "other_width_scores",
    "Correlations of sentence pairs at fewer dimensions or in fewer bits, a row for each run, k and"
    " precision, taken from scores when they are written.",
    column("run_id", TEXT, "The run that produced it."),
    column("k", INTEGER, "Kept dimensions.", null=True),
    column("precision", TEXT, "Numbers of the vectors: float32, or int8 or binary at any k."),
    *_correlations(),
    column("change", DOUBLE, "spearman in fewer bits less that of float32.", null=True),
    column("change_low", DOUBLE, "Lower end of its 95% interval.", null=True),
    column("change_high", DOUBLE, "Upper end of its 95% interval.", null=True),
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
    column(
        "unit_max",
        DOUBLE,
        "The best possible value: 1 or 100. None where less is better and nothing bounds it.",
        null=True,
    ),
    column("higher_is_better", BOOLEAN, "Whether more is better."),
    column("type", TEXT, "Kind of the task, over which nested means average.", null=True),
    column(
        "languages",
        TEXT,
        "Languages of the task's data: ISO 639-3 codes separated by commas; NULL where unknown.",
        null=True,
    ),
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

leaderboard_facts = table(
    "leaderboard_facts",
    "What is known of a leaderboard's models beside their scores; an unknown fact has no row.",
    column("board_id", TEXT, "The import: see leaderboards."),
    column("model_position", INTEGER, "Row: see leaderboard_rows.position."),
    column("fact", TEXT, "Name of the fact: parameters, licence and the like."),
    column("number", DOUBLE, "Its value if it is a number; 1 or 0 for yes or no.", null=True),
    column("text", TEXT, "Its value if it is a text.", null=True),
    column("source", TEXT, "Where it was read; NULL for the source of the row.", null=True),
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
    column(
        "tier",
        INTEGER,
        "Tier among the models that the board does not tell apart, 1 is best; for per-task alone,"
        " NULL where the board has under 6 tasks or over 500 ranked rows.",
        null=True,
    ),
    column("rank_low", INTEGER, "Best rank in the simultaneous 95% interval of tiers.", null=True),
    column("rank_high", INTEGER, "Worst rank in it.", null=True),
)


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
    column(
        "scope",
        TEXT,
        "What it speaks of: universal (one counterexample refutes it), setting (that of its source)"
        " or existential (one example shows it).",
        null=True,
    ),
    column(
        "level",
        TEXT,
        "Level of evidence that settles it: identity, made-up, small or published.",
        null=True,
    ),
)

verdicts = table(
    "verdicts",
    "What the evidence said about a claim at one time.",
    column("verdict_id", TEXT, "UUID made by the process that decided."),
    column("claim", TEXT, "Name of the claim."),
    column("claim_id", TEXT, "The claim's wording: see claims.", null=True),
    column("decided_at", TIMESTAMP, "When it was decided, UTC."),
    column(
        "verdict",
        TEXT,
        "holds, refuted, mixed, inconclusive or not testable here; below the claim's level holds or"
        " fails in a made-up world or at a small scale; or a drift.",
    ),
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
    column("setting", TEXT, "Group of rows it rests on, as column=value pairs.", null=True),
    column(
        "combined",
        BOOLEAN,
        "Whether it is the claim's verdict over all its settings; these have votes in it.",
        null=True,
    ),
    column(
        "level",
        TEXT,
        "Level of the evidence: identity (a theorem checked numerically), made-up, small (real"
        " data, small model or a cut) or published (model, data and recipe of the source).",
        null=True,
    ),
    column("cut", TEXT, "In what it is a smoke run, which decides nothing; else empty.", null=True),
    column(
        "exploratory",
        BOOLEAN,
        "Whether the experiment was designed after a look at this evidence.",
        null=True,
    ),
    column("p_value", DOUBLE, "P-value of the test that decided; NULL without one.", null=True),
    column(
        "smallest_detectable",
        DOUBLE,
        "Smallest true number that would come out as holds in 80% of such experiments.",
        null=True,
    ),
    column(
        "looks",
        BIGINT,
        "How many times more evidence was looked at, this time included.",
        null=True,
    ),
    column("rests_on", TEXT, "How much was measured: 7 seeds.", null=True),
    column("settles", TEXT, "How much would decide it; empty where it is decided.", null=True),
    column("evidence_digest", TEXT, "Digest of the numbers it rests on.", null=True),
    column(
        "evidence_from", TIMESTAMP, "When the oldest of its evidence was measured, UTC.", null=True
    ),
)


fact_imports = table(
    "fact_imports",
    "Imports of the facts that ship with rankcheck; the newest of a name counts.",
    column("name", TEXT, "What was imported: leaderboards and published scores are `bundled`."),
    column("digest", TEXT, "Digest of the files and the code that the import was made from."),
    column("imported_at", TIMESTAMP, "When it was written here, UTC."),
)


dictionary = table(
    "dictionary",
    "What every table, view, macro and column of this store means.",
    column("object", TEXT, "Name of the table, view or macro."),
    column("column", TEXT, "Name of the column; empty for the object itself."),
    column("kind", TEXT, "table, view, macro, column or digest."),
    column("text", TEXT, "What it means."),
)
