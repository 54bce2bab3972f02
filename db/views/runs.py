"""Views of runs and their scores: all of them with their names, and those that count."""

from __future__ import annotations

import sqlalchemy as sa

from db.tables import checkpoints, datasets, runs, scores
from evaluators.sql_view import View, same_as_run


def described(table: sa.Table, *names: str) -> dict[str, str]:
    """Return the descriptions of a table's columns by name, by default of all columns."""
    selected = names or tuple(table.columns.keys())
    return {name: str(table.columns[name].comment) for name in selected}


_NAMED = {
    "checkpoint": "The plan's name for the checkpoint.",
    "checkpoint_source": "Where the checkpoint came from.",
    "weights_sha256": str(checkpoints.columns["weights_sha256"].comment),
    "language": str(datasets.columns["language"].comment),
    "split": str(datasets.columns["split"].comment),
    "sentence_count": str(datasets.columns["sentence_count"].comment),
}


def _named(among: str) -> str:
    """Return the SQL of `named_runs` from a relation with rows of `runs`."""
    # The joined rows are made distinct first: on DuckLake two machines may record the same
    # checkpoint or dataset twice, and that must not double a run.
    return f"""
    WITH by_id AS (
        SELECT * FROM checkpoints
        QUALIFY row_number() OVER (PARTITION BY checkpoint_id ORDER BY recorded_at) = 1
    ), by_digest AS (
        SELECT * FROM checkpoints
        QUALIFY row_number() OVER (
            PARTITION BY checkpoint_digest ORDER BY recorded_at DESC, checkpoint_id
        ) = 1
    ), data AS (
        SELECT * FROM datasets
        QUALIFY row_number() OVER (
            PARTITION BY dataset_digest, task ORDER BY recorded_at DESC, dataset_id
        ) = 1
    )
    SELECT
        r.run_id, r.job_key, r.generation, r.night_id, r.evaluator, r.evaluator_version, r.task,
        r.checkpoint_digest, r.dataset_digest, r.parameters, r.seed, r.dtype, r.status,
        r.started_at, r.finished_at, r.committed_at, r.seconds, r.system_id, r.checkpoint_id,
        r.environment, r.code_commit, r.code_dirty, r.prefect_flow_run_id, r.device, r.cost,
        r.error_type, r.error_text, r.is_canary,
        coalesce(i.name, g.name, r.checkpoint_digest) AS checkpoint,
        coalesce(i.source, g.source) AS checkpoint_source,
        coalesce(i.weights_sha256, g.weights_sha256) AS weights_sha256,
        d.language, d.split, d.sentence_count
    FROM {among} AS r
    LEFT JOIN by_id AS i ON i.checkpoint_id = r.checkpoint_id
    LEFT JOIN by_digest AS g ON g.checkpoint_digest = r.checkpoint_digest
    LEFT JOIN data AS d ON d.dataset_digest = r.dataset_digest AND d.task = r.task
    """  # noqa: S608 - no input goes in


NAMED_RUNS = View(
    "named_runs",
    "Every run, finished or failed, with the names of its checkpoint and dataset.",
    {**described(runs), **_NAMED},
    _named("runs"),
)


def _superseded(among: str) -> str:
    """Return SQL of the runs that a run of the same job supersedes, of rows of `runs`.

    One finished run a job counts: a deliberate repetition supersedes, a raced duplicate never
    doubles.
    """
    # Few jobs have several, so only those are sorted: a window over all runs would carry every
    # column. They are found by hashes, which are shorter than keys and questions.
    return f"""repeated AS (
        SELECT hash(job_key) AS job FROM {among} WHERE status = 'finished'
        GROUP BY ALL HAVING count(*) > 1
    ), superseded AS (
        SELECT DISTINCT run_id FROM (
            SELECT run_id, first_value(run_id) OVER (
                PARTITION BY job_key ORDER BY generation DESC, committed_at, run_id
            ) AS counts
            FROM {among}
            WHERE status = 'finished' AND hash(job_key) IN (SELECT job FROM repeated)
        )
        WHERE run_id <> counts
    )"""  # noqa: S608 - no input goes in


CURRENT_RUNS = View(
    "current_runs",
    "The one finished run of each job that counts: the highest generation's earliest commit.",
    dict(NAMED_RUNS.columns),
    f"""
    WITH {_superseded("runs")}
    SELECT n.* FROM named_runs AS n
    ANTI JOIN superseded AS s ON s.run_id = n.run_id
    WHERE n.status = 'finished'
    """,  # noqa: S608 - no input goes in
)

_QUESTION = "evaluator, task, checkpoint_digest, dataset_digest, parameters, seed, dtype"


def latest_of(among: str) -> str:
    """Return the SQL of `latest_runs` from a relation with rows of `runs`.

    `among` must hold all runs of a question or none of them. A query of few questions asks for
    their runs first: DuckDB would name all runs and look through all for those that count.
    """
    # Two versions of an evaluator are two jobs, but they answer one question.
    return f"""
    WITH {_superseded(among)}, older AS (
        SELECT DISTINCT run_id FROM (
            SELECT run_id, first_value(run_id) OVER (
                PARTITION BY {_QUESTION} ORDER BY committed_at DESC, run_id
            ) AS counts
            FROM {among} AS r ANTI JOIN superseded AS s ON s.run_id = r.run_id
            WHERE status = 'finished' AND hash({_QUESTION}) IN (
                SELECT hash({_QUESTION}) FROM {among} WHERE status = 'finished'
                GROUP BY ALL HAVING count(*) > 1
            )
        )
        WHERE run_id <> counts
    )
    SELECT n.* FROM ({_named(among)}) AS n
    ANTI JOIN superseded AS s ON s.run_id = n.run_id
    ANTI JOIN older AS o ON o.run_id = n.run_id
    WHERE n.status = 'finished'
    """  # noqa: S608 - no input goes in


LATEST_RUNS = View(
    "latest_runs",
    "As current_runs, and of jobs that differ only in the evaluator's version the newest.",
    dict(NAMED_RUNS.columns),
    latest_of("runs"),
)

RUNS_LOG = View(
    "runs_log",
    "Every run, newest first, and whether it is the one that counts.",
    {**NAMED_RUNS.columns, "is_current": "Whether this run is the one of its job that counts."},
    f"""
    WITH {_superseded("runs")}
    SELECT n.*, n.status = 'finished' AND s.run_id IS NULL AS is_current
    FROM named_runs AS n
    LEFT JOIN superseded AS s ON s.run_id = n.run_id
    ORDER BY n.started_at DESC, n.run_id
    """,  # noqa: S608 - no input goes in
)

FAILURES = View(
    "failures",
    "Failed runs, newest first, with what went wrong.",
    {
        **same_as_run(
            "started_at",
            "night_id",
            "evaluator",
            "task",
            "checkpoint",
            "checkpoint_digest",
            "error_type",
            "error_text",
            "parameters",
            "device",
            "seconds",
            "run_id",
            "job_key",
        ),
        "resolved": "Whether the same job has finished since.",
    },
    """
    SELECT f.started_at, f.night_id, f.evaluator, f.task, f.checkpoint, f.checkpoint_digest,
        f.error_type, f.error_text, f.parameters, f.device, f.seconds, f.run_id, f.job_key,
        coalesce(d.finished_at > f.started_at, false) AS resolved
    FROM named_runs AS f
    LEFT JOIN (
        SELECT job_key, max(finished_at) AS finished_at FROM runs
        WHERE status = 'finished' GROUP BY job_key
    ) AS d ON d.job_key = f.job_key
    WHERE f.status = 'failed'
    ORDER BY f.started_at DESC, f.run_id
    """,
)

NIGHTS = View(
    "nights",
    "One row for each invocation that ran something, newest first.",
    {
        "night_id": None,
        "started_at": "When its first run began, UTC.",
        "finished_at": "When its last run ended, UTC.",
        "runs": "How many runs it made.",
        "finished": "How many of them finished.",
        "failed": "How many of them failed.",
        "seconds": "Seconds of all its runs together.",
        "code_commit": "Commit of the code that ran.",
    },
    """
    SELECT night_id, min(started_at) AS started_at, max(finished_at) AS finished_at,
        count(*) AS runs,
        count(*) FILTER (WHERE status = 'finished') AS finished,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        sum(seconds) AS seconds, max(code_commit) AS code_commit
    FROM runs GROUP BY night_id ORDER BY min(started_at) DESC, night_id
    """,
)


LATEST_SCORES = View(
    "latest_scores",
    "Every number of the runs that count, of any evaluator.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task", "language", "evaluator"),
        **described(scores, "metric", "variant", "value", "ci_low", "ci_high", "n"),
        **same_as_run(
            "parameters", "dtype", "seed", "split", "dataset_digest", "evaluator_version"
        ),
        **described(scores, "k", "aggregate", "subset"),
        **same_as_run("finished_at", "job_key", "generation", "run_id"),
    },
    """
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.language, r.evaluator,
        s.metric, s.variant, s.value, s.ci_low, s.ci_high, s.n,
        r.parameters, r.dtype, r.seed, r.split, r.dataset_digest, r.evaluator_version,
        s.k, s.aggregate, s.subset, r.finished_at, r.job_key, r.generation, r.run_id
    FROM scores AS s JOIN latest_runs AS r ON r.run_id = s.run_id
    """,
)

# A job is its content: of two names for the same bytes, one has the runs.
CHECKPOINT_NAMES = View(
    "checkpoint_names",
    "Every name of every checkpoint, also of copies, whose runs are listed under another name.",
    {
        "checkpoint": "A name that some plan has for it.",
        "checkpoint_digest": None,
        "checkpoint_source": "Where the checkpoint came from under this name, the last time.",
        "weights_sha256": None,
        "listed_as": "Names under which runs of this content are listed, separated by commas;"
        " NULL where none has finished.",
    },
    """
    SELECT c.name AS checkpoint, c.checkpoint_digest,
        arg_max(c.source, c.recorded_at) AS checkpoint_source,
        arg_max(c.weights_sha256, c.recorded_at) AS weights_sha256,
        any_value(r.names) AS listed_as
    FROM checkpoints AS c
    LEFT JOIN (
        SELECT checkpoint_digest,
            string_agg(DISTINCT checkpoint, ', ' ORDER BY checkpoint) AS names
        FROM latest_runs GROUP BY checkpoint_digest
    ) AS r ON r.checkpoint_digest = c.checkpoint_digest
    GROUP BY c.name, c.checkpoint_digest
    """,
)

VIEWS = (
    NAMED_RUNS,
    CURRENT_RUNS,
    LATEST_RUNS,
    RUNS_LOG,
    FAILURES,
    NIGHTS,
    LATEST_SCORES,
    CHECKPOINT_NAMES,
)
