"""Views of sentence similarity: runs, scores, and the score at every number of dimensions."""

from __future__ import annotations

from evaluators.sql_view import View, same_as_run

_PARAMETERS = {
    "pooling": "Pooling of token vectors; native is the pooling that the checkpoint declares.",
    "whitening": "Sentences that the whitening was fitted on; none: vectors are not whitened.",
}
_FIT = {
    "few_fit_sentences": "Whether the whitening was fitted on fewer than 5 distinct sentences per"
    " dimension; NULL: not whitened, or a run from before this was kept.",
}
_CUT = {
    "truncate_dim": "Number of leading dimensions of its native vectors that the checkpoint keeps;"
    " NULL: all of them, or another pooling.",
}
_PROMPT = {
    "prompt": "Prompt put before every sentence.",
    "max_length": "Length in tokens that sentences are cut to; NULL: the limit of the checkpoint.",
}

STS_RUNS = View(
    "sts_runs",
    "The latest sentence similarity runs, with their parameters as columns.",
    {
        **same_as_run("run_id", "checkpoint", "checkpoint_digest", "task", "language"),
        **_PARAMETERS,
        **_PROMPT,
        **same_as_run("dtype", "seed", "split", "dataset_digest", "weights_sha256", "finished_at"),
        **_FIT,
        **_CUT,
    },
    """
    SELECT run_id, checkpoint, checkpoint_digest, task, language,
        coalesce(json_extract_string(parameters, '$.pooling'), 'native') AS pooling,
        coalesce(json_extract_string(parameters, '$.whitening'), 'none') AS whitening,
        coalesce(json_extract_string(parameters, '$.prompt'), '') AS prompt,
        TRY_CAST(json_extract_string(parameters, '$.max_length') AS INTEGER) AS max_length,
        dtype, seed, split, dataset_digest, weights_sha256, finished_at,
        TRY_CAST(json_extract_string(cost, '$.few_fit_sentences') AS BOOLEAN) AS few_fit_sentences,
        CASE WHEN coalesce(json_extract_string(parameters, '$.pooling'), 'native') = 'native'
            THEN TRY_CAST(json_extract_string(cost, '$.truncate_dim') AS INTEGER)
            END AS truncate_dim
    FROM latest_runs WHERE evaluator = 'sts'
    """,
)

STS_SCORES = View(
    "sts_scores",
    "Sentence similarity scores: one row for each checkpoint, task, pooling, whitening and k.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task", "language"),
        **_PARAMETERS,
        "k": "Number of dimensions kept.",
        "spearman": "Spearman's rank correlation over all pairs, from -1 to 1.",
        "ci_low": "Lower end of the 95% interval of spearman.",
        "ci_high": "Upper end of the 95% interval of spearman.",
        "pearson": "Pearson's correlation over all pairs, from -1 to 1.",
        "pairs": "Number of sentence pairs.",
        **same_as_run("run_id"),
        "is_full": "Whether k is the full number of dimensions of the checkpoint.",
        "spearman_mean": "Mean of Spearman over subsets; NULL for tasks without subsets.",
        "spearman_wmean": "Mean of Spearman over subsets, weighted by their numbers of pairs.",
        **_PROMPT,
        **same_as_run("dtype", "seed", "split", "dataset_digest", "weights_sha256", "finished_at"),
        **_FIT,
        **_CUT,
    },
    """
    WITH wide AS (
        SELECT run_id, k,
            max(value) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS spearman,
            max(ci_low) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS ci_low,
            max(ci_high) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS ci_high,
            max(value) FILTER (WHERE metric = 'pearson' AND aggregate = 'all') AS pearson,
            max(n) FILTER (WHERE metric = 'spearman' AND aggregate = 'all') AS pairs,
            max(value) FILTER (WHERE metric = 'spearman' AND aggregate = 'mean')
                AS spearman_mean,
            max(value) FILTER (WHERE metric = 'spearman' AND aggregate = 'wmean')
                AS spearman_wmean
        FROM scores
        WHERE metric IN ('spearman', 'pearson') AND aggregate IN ('all', 'mean', 'wmean')
        GROUP BY run_id, k
    ), widest AS (
        SELECT run_id, max(k) AS k FROM scores GROUP BY run_id
    )
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.language, r.pooling, r.whitening,
        w.k, w.spearman, w.ci_low, w.ci_high, w.pearson, w.pairs, r.run_id,
        w.k = f.k AS is_full, w.spearman_mean, w.spearman_wmean, r.prompt, r.max_length,
        r.dtype, r.seed, r.split, r.dataset_digest, r.weights_sha256, r.finished_at,
        r.few_fit_sentences, r.truncate_dim
    FROM wide AS w
    JOIN widest AS f ON f.run_id = w.run_id
    JOIN sts_runs AS r ON r.run_id = w.run_id
    -- Jobs that differ in what does not change a score (more k, more resamples) give one row.
    QUALIFY row_number() OVER (
        PARTITION BY r.checkpoint_digest, r.task, r.pooling, r.whitening, r.prompt, r.max_length,
            r.dtype, r.seed, r.dataset_digest, w.k
        ORDER BY r.finished_at DESC, r.run_id
    ) = 1
    """,
)

STS_CURVE = View(
    "sts_curve",
    "Sentence similarity at every number of dimensions kept.",
    {
        **same_as_run("checkpoint", "task"),
        **_PARAMETERS,
        "k": "Number of dimensions kept.",
        "spearman": "Spearman's rank correlation over all pairs, from -1 to 1.",
        **same_as_run("checkpoint_digest", "language"),
        **_PROMPT,
        **same_as_run("dtype", "seed", "dataset_digest", "run_id"),
    },
    """
    SELECT r.checkpoint, r.task, r.pooling, r.whitening,
        CAST(c.start + generate_subscripts(c."values", 1) - 1 AS INTEGER) AS k,
        unnest(c."values") AS spearman,
        r.checkpoint_digest, r.language, r.prompt, r.max_length, r.dtype, r.seed,
        r.dataset_digest, r.run_id
    FROM score_curves AS c
    JOIN (
        SELECT * FROM sts_runs QUALIFY row_number() OVER (
            PARTITION BY checkpoint_digest, task, pooling, whitening, prompt, max_length, dtype,
                seed, dataset_digest
            ORDER BY finished_at DESC, run_id
        ) = 1
    ) AS r ON r.run_id = c.run_id
    WHERE c.metric = 'spearman' AND c.axis = 'k'
        AND coalesce(json_extract_string(c.variant, '$.aggregate'), 'all') = 'all'
    """,
)

VIEWS = (STS_RUNS, STS_SCORES, STS_CURVE)
