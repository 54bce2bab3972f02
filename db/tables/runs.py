"""What was evaluated, on what, where, with what outcome."""

from __future__ import annotations

from db.tables.base import BIGINT, BOOLEAN, DOUBLE, INTEGER, TEXT, TIMESTAMP, column, table

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
