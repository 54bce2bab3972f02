"""Views of changes between plan runs: scores and verdicts beside their predecessors."""

from __future__ import annotations

from db.tables import scores, verdicts
from db.views.runs import described
from evaluators.sql_view import View, same_as_run

# What is measured stays the same when a branch moves on, a dataset is corrected or a canary runs
# again: the checkpoint's name, the task and the parameters, less the digests of what was read, and
# what tells a number from its siblings, but for k, which is the width here.
SCORE_CHANGES = View(
    "score_changes",
    "Headline scores that were measured more than once, each beside the one before it.",
    {
        **same_as_run("checkpoint", "task", "evaluator"),
        "pooling": "How token vectors became one; NULL for other evaluators.",
        "whitening": "What the whitening was fitted on; NULL for other evaluators.",
        "metric": str(scores.columns["metric"].comment),
        "before": "The value before.",
        "value": str(scores.columns["value"].comment),
        "difference": "value less before.",
        "beyond": "Whether the value lies outside the interval of the one before.",
        "changed": "What differs: checkpoint, dataset, evaluator, environment; empty for nothing.",
        "is_latest": "Whether it has not been measured again since.",
        **same_as_run("night_id", "finished_at", "run_id"),
    },
    """
    WITH finished AS MATERIALIZED (
        SELECT *, hash(checkpoint, task, evaluator, seed, dtype, measured) AS question
        FROM (
            SELECT *, json_merge_patch(parameters,
                json_object('fit_digests', NULL, 'choice_digest', NULL)) AS measured
            FROM named_runs WHERE status = 'finished'
        )
    ), several AS MATERIALIZED (
        -- Few are measured more than once: a window over all would sort every run's parameters.
        SELECT * FROM finished WHERE question IN (
            SELECT question FROM finished GROUP BY question HAVING count(*) > 1
        )
    ), headline AS (
        SELECT run_id, metric, value, ci_low, ci_high, CASE WHEN k IS NULL THEN variant END
            AS variant
        FROM headline_scores
    ), story AS (
        SELECT r.*, h.metric, h.value,
            lag(h.value) OVER earlier AS before, lag(h.ci_low) OVER earlier AS before_low,
            lag(h.ci_high) OVER earlier AS before_high,
            lag(r.checkpoint_digest) OVER earlier AS before_checkpoint,
            lag(r.dataset_digest) OVER earlier AS before_dataset,
            lag(r.evaluator_version) OVER earlier AS before_version,
            lag(r.environment) OVER earlier AS before_environment,
            lead(h.value) OVER earlier AS after
        FROM several AS r JOIN headline AS h ON h.run_id = r.run_id
        WHERE h.metric <> 'pearson'
        WINDOW earlier AS (
            PARTITION BY r.checkpoint, r.task, r.evaluator, r.seed, r.dtype, h.metric, h.variant,
                r.measured
            ORDER BY r.committed_at, r.run_id)
    )
    SELECT checkpoint, task, evaluator,
        json_extract_string(parameters, '$.pooling') AS pooling,
        nullif(concat_ws(', ', json_extract_string(parameters, '$.whitening'),
            json_extract_string(parameters, '$.transform')), '') AS whitening,
        metric, before, value, value - before AS difference,
        value NOT BETWEEN before_low AND before_high AS beyond,
        concat_ws(', ',
            CASE WHEN checkpoint_digest <> before_checkpoint THEN 'checkpoint' END,
            CASE WHEN dataset_digest <> before_dataset THEN 'dataset' END,
            CASE WHEN evaluator_version <> before_version THEN 'evaluator' END,
            CASE WHEN environment IS DISTINCT FROM before_environment THEN 'environment' END
        ) AS changed,
        after IS NULL AS is_latest, night_id, finished_at, run_id
    FROM story
    WHERE before IS NOT NULL
    """,
)

# A measured board has a new snapshot each day its numbers change, and its verdicts follow one
# another; the snapshots of an imported board are boards of their own. A canary's claim is judged
# once for each job.
VERDICT_CHANGES = View(
    "verdict_changes",
    "Verdicts that differ from the one before on the same claim, board and treatment, or setting.",
    {
        **described(verdicts, "claim", "board", "snapshot", "treatment", "setting", "combined"),
        "before": "The verdict before.",
        **described(verdicts, "verdict", "statistic", "decided_at", "night_id", "detail"),
    },
    """
    WITH story AS (
        SELECT h.*, lag(h.verdict) OVER earlier AS before,
            lag(h.night_id) OVER earlier AS before_night
        FROM claim_history AS h LEFT JOIN (SELECT DISTINCT run_id, job_key FROM runs) AS r
            ON r.run_id = h.run_id
        WINDOW earlier AS (
            PARTITION BY h.claim, h.board,
                CASE WHEN NOT starts_with(h.board, 'measured-') THEN h.snapshot END,
                h.treatment, h.setting, h.combined, r.job_key
            ORDER BY h.decided_at, h.verdict, h.detail)
    )
    SELECT claim, board, snapshot, treatment, setting, combined, before, verdict, statistic,
        decided_at, night_id, detail
    FROM story
    WHERE before <> verdict AND before_night IS DISTINCT FROM night_id
    """,
)

VIEWS = (SCORE_CHANGES, VERDICT_CHANGES)
