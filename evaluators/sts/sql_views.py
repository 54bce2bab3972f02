"""Views of sentence pairs: runs, scores of both types, and Spearman at every k."""

from __future__ import annotations

from evaluators.sql_view import View, same_as_run

PARAMETERS = {
    "pooling": "Pooling of token vectors; native is the pooling that the checkpoint declares.",
    "whitening": "Sentences that the whitening was fitted on; none: vectors are not whitened."
    " Another transform stands behind them: `target, centre`.",
}
FIT = {
    "few_fit_sentences": "Whether the whitening was fitted on fewer than 5 distinct sentences per"
    " dimension; NULL: not whitened, or a run from before this was kept.",
}
COPY = {
    "is_copy": "Whether the job ran under another name of the same checkpoint; without these rows"
    " each run is there once.",
}
_CUT = {
    "truncate_dim": "Number of leading dimensions of its native vectors that the checkpoint keeps;"
    " NULL: all of them, or another pooling.",
}
PROMPT = {
    "prompt": "Prompt put before every sentence.",
    "max_length": "Length in tokens that sentences are cut to; NULL: the limit of the checkpoint.",
}


def runs_of(latest: str) -> str:
    """Return the SQL of `sts_runs` from a relation with rows of `latest_runs`."""
    # A job is its content, so of two names for the same bytes one has the runs. On DuckLake two
    # machines may record the same name twice.
    return f"""
    WITH names AS (
        SELECT DISTINCT checkpoint_digest, name FROM checkpoints
    ), parsed AS (
        -- Several paths at once: each text is parsed once.
        SELECT *, json_extract_string(parameters,
                ['pooling', 'whitening', 'transform', 'prompt', 'max_length']) AS asked,
            json_extract_string(cost, ['few_fit_sentences', 'truncate_dim']) AS noted
        FROM {latest} WHERE evaluator = 'sts'
    )
    SELECT r.run_id, coalesce(n.name, r.checkpoint) AS checkpoint, r.checkpoint_digest, task,
        language, coalesce(asked[1], 'native') AS pooling,
        concat_ws(', ', coalesce(asked[2], 'none'), asked[3]) AS whitening,
        coalesce(asked[4], '') AS prompt, TRY_CAST(asked[5] AS INTEGER) AS max_length,
        dtype, seed, split, dataset_digest, weights_sha256, finished_at,
        TRY_CAST(noted[1] AS BOOLEAN) AS few_fit_sentences,
        CASE WHEN coalesce(asked[1], 'native') = 'native' THEN TRY_CAST(noted[2] AS INTEGER)
            END AS truncate_dim,
        coalesce(n.name <> r.checkpoint, false) AS is_copy
    FROM parsed AS r
    LEFT JOIN names AS n ON n.checkpoint_digest = r.checkpoint_digest
    """  # noqa: S608 - no input goes in


STS_RUNS = View(
    "sts_runs",
    "The latest runs on sentence pairs, of STS and pair classification, with their parameters: one"
    " row for each name of the checkpoint.",
    {
        **same_as_run("run_id", "checkpoint", "checkpoint_digest", "task", "language"),
        **PARAMETERS,
        **PROMPT,
        **same_as_run("dtype", "seed", "split", "dataset_digest", "weights_sha256", "finished_at"),
        **FIT,
        **_CUT,
        **COPY,
    },
    runs_of("latest_runs"),
)

_CORRELATIONS = {
    "spearman": "Spearman's rank correlation over all pairs, from -1 to 1.",
    "ci_low": "Lower end of the 95% interval of spearman.",
    "ci_high": "Upper end of the 95% interval of spearman.",
    "pearson": "Pearson's correlation over all pairs, from -1 to 1.",
    "pairs": "Number of sentence pairs.",
}
_MEANS = {
    "spearman_mean": "Mean of Spearman over subsets; NULL for tasks without subsets.",
    "spearman_wmean": "Mean of Spearman over subsets, weighted by their numbers of pairs.",
}

SIMILARITY_SCORES = View(
    "similarity_scores",
    "Correlations of sentence pairs: one row for each run and k, also of runs that no longer"
    " count.",
    {
        **same_as_run("run_id"),
        "k": "Number of dimensions kept.",
        "is_full": "Whether k is the full number of dimensions of the checkpoint.",
        **_CORRELATIONS,
        **_MEANS,
    },
    # A question of is_full alone leaves the second table out.
    """
    SELECT run_id, k, k IS NOT NULL OR NULL AS is_full, spearman, ci_low, ci_high, pearson, pairs,
        spearman_mean, spearman_wmean
    FROM full_width_scores
    WHERE coalesce(spearman, pearson, spearman_mean, spearman_wmean) IS NOT NULL
    UNION ALL
    SELECT run_id, k, false, spearman, ci_low, ci_high, pearson, pairs, spearman_mean,
        spearman_wmean
    FROM other_width_scores WHERE "precision" = 'float32'
    """,
)


def scores_of(runs: str) -> str:
    """Return the SQL of `sts_scores` from a relation with rows of `sts_runs`.

    A query of one task asks for its runs first: DuckDB would find the rows of all of them.
    """
    return f"""
    WITH named AS MATERIALIZED (
        SELECT *, hash(checkpoint, checkpoint_digest, task, pooling, whitening, prompt, max_length,
            dtype, seed, dataset_digest) AS setting
        FROM {runs}
    ), several AS (
        SELECT * FROM named
        WHERE setting IN (SELECT setting FROM named GROUP BY setting HAVING count(*) > 1)
    ), numbered AS (
        SELECT checkpoint, run_id,
            dense_rank() OVER (ORDER BY checkpoint, checkpoint_digest, task, pooling, whitening,
                prompt, max_length, dtype, seed, dataset_digest) AS setting,
            row_number() OVER (ORDER BY finished_at DESC, run_id) AS age
        FROM several
    ), superseded AS (
        -- Jobs that differ in what does not change a score (more k, more resamples) give one row.
        -- Few settings have several, so a window over all rows would sort them for nothing.
        SELECT checkpoint, run_id, k FROM (
            SELECT r.*, unnest(w.ks) AS k
            FROM numbered AS r JOIN full_width_scores AS w ON w.run_id = r.run_id
        )
        QUALIFY age > min(age) OVER (PARTITION BY setting, k)
    )
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.language, r.pooling, r.whitening,
        w.k, w.spearman, w.ci_low, w.ci_high, w.pearson, w.pairs, r.run_id,
        w.is_full, w.spearman_mean, w.spearman_wmean, r.prompt, r.max_length,
        r.dtype, r.seed, r.split, r.dataset_digest, r.weights_sha256, r.finished_at,
        r.few_fit_sentences, r.truncate_dim, r.is_copy
    FROM similarity_scores AS w
    JOIN named AS r ON r.run_id = w.run_id
    ANTI JOIN superseded AS s
        ON s.run_id = w.run_id AND s.checkpoint = r.checkpoint AND s.k IS NOT DISTINCT FROM w.k
    """  # noqa: S608 - no input goes in


STS_SCORES = View(
    "sts_scores",
    "Sentence similarity scores: one row for each name of a checkpoint, task, pooling, whitening,"
    " prompt and k.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task", "language"),
        **PARAMETERS,
        "k": "Number of dimensions kept.",
        **_CORRELATIONS,
        **same_as_run("run_id"),
        "is_full": "Whether k is the full number of dimensions of the checkpoint.",
        **_MEANS,
        **PROMPT,
        **same_as_run("dtype", "seed", "split", "dataset_digest", "weights_sha256", "finished_at"),
        **FIT,
        **_CUT,
        **COPY,
    },
    scores_of("sts_runs"),
)

STS_CURVE = View(
    "sts_curve",
    "Sentence similarity at every number of dimensions kept.",
    {
        **same_as_run("checkpoint", "task"),
        **PARAMETERS,
        "k": "Number of dimensions kept.",
        "spearman": "Spearman's rank correlation over all pairs, from -1 to 1.",
        **same_as_run("checkpoint_digest", "language"),
        **PROMPT,
        **same_as_run("dtype", "seed", "dataset_digest", "run_id"),
        **COPY,
    },
    """
    SELECT r.checkpoint, r.task, r.pooling, r.whitening,
        CAST(c.start + generate_subscripts(c."values", 1) - 1 AS INTEGER) AS k,
        unnest(c."values") AS spearman,
        r.checkpoint_digest, r.language, r.prompt, r.max_length, r.dtype, r.seed,
        r.dataset_digest, r.run_id, r.is_copy
    FROM score_curves AS c
    JOIN (
        SELECT * FROM sts_runs QUALIFY row_number() OVER (
            PARTITION BY checkpoint, checkpoint_digest, task, pooling, whitening, prompt,
                max_length, dtype, seed, dataset_digest
            ORDER BY finished_at DESC, run_id
        ) = 1
    ) AS r ON r.run_id = c.run_id
    WHERE c.metric = 'spearman' AND c.axis = 'k'
        AND coalesce(json_extract_string(c.variant, '$.aggregate'), 'all') = 'all'
    """,
)

STS_PROMPTS = View(
    "sts_prompts",
    "How much a sentence similarity score hangs on the prompt, where two or more were scored.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task"),
        **PARAMETERS,
        "prompts": "Number of prompts that were scored on all dimensions.",
        "spread": "Spearman with the best prompt less that with the worst.",
        "best_prompt": "The prompt with the highest Spearman.",
        "best": "Spearman with it.",
        "best_low": "Lower end of its 95% interval.",
        "best_high": "Upper end of it.",
        "worst_prompt": "The prompt with the lowest Spearman.",
        "worst": "Spearman with it.",
        "worst_low": "Lower end of its 95% interval.",
        "worst_high": "Upper end of it.",
        "unprompted": "Spearman without a prompt; NULL where that was not scored.",
        **same_as_run("dtype", "dataset_digest"),
        "unprompted_low": "Lower end of its 95% interval.",
        "unprompted_high": "Upper end of it.",
        "max_length": PROMPT["max_length"],
    },
    """
    -- Of equal scores the prompt decides, and then the run: a guess would change from time to time.
    WITH full_width AS MATERIALIZED (
        SELECT checkpoint, checkpoint_digest, task, pooling, whitening, dtype, dataset_digest,
            max_length, seed, prompt, spearman, ci_low, ci_high, run_id,
            hash(checkpoint, checkpoint_digest, task, pooling, whitening, dtype,
                dataset_digest, max_length, seed) AS setting
        FROM sts_scores WHERE is_full
    ), several AS (
        SELECT * FROM full_width WHERE setting IN (
            SELECT setting FROM full_width GROUP BY setting HAVING min(prompt) < max(prompt)
        )
    ), spreads AS (
        SELECT checkpoint, checkpoint_digest, task, pooling, whitening,
            count(DISTINCT prompt) AS prompts, max(spearman) AS highest, min(spearman) AS lowest,
            arg_max({'prompt': prompt, 'low': ci_low, 'high': ci_high},
                (spearman, prompt, run_id)) FILTER (WHERE spearman IS NOT NULL) AS best,
            arg_min({'prompt': prompt, 'low': ci_low, 'high': ci_high},
                (spearman, prompt, run_id)) FILTER (WHERE spearman IS NOT NULL) AS worst,
            max(spearman) FILTER (WHERE prompt = '') AS unprompted, dtype, dataset_digest,
            max(ci_low) FILTER (WHERE prompt = '') AS unprompted_low,
            max(ci_high) FILTER (WHERE prompt = '') AS unprompted_high, max_length
        FROM several
        GROUP BY checkpoint, checkpoint_digest, task, pooling, whitening, dtype, dataset_digest,
            max_length, seed
        HAVING count(DISTINCT prompt) > 1
    )
    SELECT checkpoint, checkpoint_digest, task, pooling, whitening, prompts,
        highest - lowest AS spread, best.prompt AS best_prompt, highest AS best,
        best.low AS best_low, best.high AS best_high, worst.prompt AS worst_prompt,
        lowest AS worst, worst.low AS worst_low, worst.high AS worst_high, unprompted, dtype,
        dataset_digest, unprompted_low, unprompted_high, max_length
    FROM spreads
    """,
)

STS_QUANTISED = View(
    "sts_quantised",
    "Sentence similarity of vectors in fewer bits, beside the vectors themselves.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task"),
        **PARAMETERS,
        "precision": "int8, or binary: the signs, compared by Hamming distance.",
        "k": "Number of dimensions kept.",
        "bytes": "Bytes of a vector: k, or k / 8.",
        "spearman": "Spearman's rank correlation over all pairs, from -1 to 1.",
        "ci_low": "Lower end of the 95% interval of spearman.",
        "ci_high": "Upper end of it.",
        "change": "spearman less that of the vectors themselves with k dimensions.",
        "change_low": "Lower end of the 95% interval of change, pairs resampled on both sides.",
        "change_high": "Upper end of it.",
        "pairs": "Number of sentence pairs.",
        **PROMPT,
        **same_as_run("dtype", "dataset_digest", "run_id"),
    },
    """
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.pooling, r.whitening, w.precision, w.k,
        CASE w.precision WHEN 'int8' THEN w.k ELSE (w.k + 7) // 8 END AS bytes, w.spearman,
        w.ci_low, w.ci_high, w.change, w.change_low, w.change_high, w.pairs, r.prompt,
        r.max_length, r.dtype, r.dataset_digest, r.run_id
    FROM other_width_scores AS w
    JOIN sts_runs AS r ON r.run_id = w.run_id
    WHERE w.precision <> 'float32'
    QUALIFY row_number() OVER (
        PARTITION BY r.checkpoint, r.checkpoint_digest, r.task, r.pooling, r.whitening, r.prompt,
            r.max_length, r.dtype, r.seed, r.dataset_digest, w.precision, w.k
        ORDER BY r.finished_at DESC, r.run_id
    ) = 1
    """,
)

VIEWS = (
    STS_RUNS,
    SIMILARITY_SCORES,
    STS_SCORES,
    STS_CURVE,
    STS_PROMPTS,
    STS_QUANTISED,
)
