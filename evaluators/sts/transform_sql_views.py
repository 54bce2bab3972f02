"""Views of transformed sentence vectors beside raw ones, of checkpoints and a made-up world."""

from __future__ import annotations

from evaluators.sql_view import View, half_width, same_as_run

_TUNING = (
    "tuned: its modules.json declares a recipe of sentence vectors; untuned: it has none, and is a"
    " masked or causal language model; untrained: made here with random weights; unknown: neither,"
    " or a run from before this was kept."
)

STS_TRANSFORMS = View(
    "sts_transforms",
    "Transformed vectors beside the raw ones: one row for each checkpoint, task, pooling, transform"
    " and k with an interval.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task", "language"),
        "tuning": _TUNING,
        "pooling": "Pooling of token vectors; native is the pooling that the checkpoint declares.",
        "transform": "whiten, centre, standardise, zca or remove-top-N.",
        "fitted_on": "Sentences that it was fitted on: see the key whitening of sts.",
        "transductive": "Whether half or more of the scored sentences are among those.",
        "scored_in_fit": "Share of the distinct scored sentences that are among those.",
        "k": "Number of dimensions kept.",
        "is_full": "Whether k is all that the transform keeps.",
        "spearman": "Spearman's rank correlation over all pairs, from -1 to 1.",
        "ci_low": "Lower end of its 95% interval.",
        "ci_high": "Upper end of it.",
        "change": "Spearman less that of the raw vectors on all dimensions, of the same pooling.",
        "change_low": "Lower end of its 95% interval, paired: both sides see the same resamples.",
        "change_high": "Upper end of it.",
        "is_chosen": "Whether k was chosen on other pairs, as the one with the highest Spearman.",
        "chosen_on": "Task and split that it was chosen on; NULL: not chosen.",
        "over_all": "Spearman at the chosen k less that on all dimensions of the same transform.",
        "over_all_low": "Lower end of its 95% interval, paired.",
        "over_all_high": "Upper end of it.",
        "pairs": "Number of sentence pairs.",
        "fit_sentences": "Number of distinct sentences that the transform was fitted on.",
        "few_fit_sentences": "Whether these are fewer than 5 per dimension.",
        "prompt": "Prompt put before every sentence.",
        "max_length": "Length in tokens that sentences are cut to; NULL: that of the checkpoint.",
        **same_as_run("dtype", "dataset_digest", "finished_at", "run_id"),
    },
    """
    WITH wide AS (
        SELECT run_id, k,
            max(value) FILTER (WHERE metric IN ('spearman', 'spearman_at_chosen_k')) AS spearman,
            max(ci_low) FILTER (WHERE metric IN ('spearman', 'spearman_at_chosen_k')) AS ci_low,
            max(ci_high) FILTER (WHERE metric IN ('spearman', 'spearman_at_chosen_k')) AS ci_high,
            max(value) FILTER (WHERE metric LIKE '%_change') AS change,
            max(ci_low) FILTER (WHERE metric LIKE '%_change') AS change_low,
            max(ci_high) FILTER (WHERE metric LIKE '%_change') AS change_high,
            bool_or(metric = 'spearman_at_chosen_k') AS is_chosen,
            max(value) FILTER (WHERE metric LIKE '%_over_all') AS over_all,
            max(ci_low) FILTER (WHERE metric LIKE '%_over_all') AS over_all_low,
            max(ci_high) FILTER (WHERE metric LIKE '%_over_all') AS over_all_high,
            max(n) AS pairs
        FROM scores
        WHERE aggregate = 'all' AND metric IN ('spearman', 'spearman_change',
            'spearman_at_chosen_k', 'spearman_at_chosen_k_change', 'spearman_at_chosen_k_over_all')
        GROUP BY run_id, k
    ), widest AS (
        SELECT run_id, max(k) AS k FROM wide GROUP BY run_id
    ), transformed AS (
        SELECT *, json_extract_string(parameters, '$.whitening') AS fitted_on,
            coalesce(json_extract_string(parameters, '$.transform'), 'whiten') AS transform,
            json_extract_string(parameters, '$.choose_k_on') AS chosen_on,
            TRY_CAST(json_extract_string(cost, '$.scored_in_fit') AS DOUBLE) AS scored_in_fit
        FROM latest_runs
        WHERE evaluator = 'sts' AND json_extract_string(parameters, '$.whitening') <> 'none'
    )
    SELECT t.checkpoint, t.checkpoint_digest, t.task, t.language,
        CASE WHEN t.checkpoint_source LIKE 'small-bert:%' THEN 'untrained'
            ELSE coalesce(json_extract_string(t.cost, '$.tuning'), 'unknown') END AS tuning,
        json_extract_string(t.parameters, '$.pooling') AS pooling, t.transform, t.fitted_on,
        t.fitted_on IN ('target', 'scored') OR coalesce(t.scored_in_fit >= 0.5, false)
            AS transductive,
        t.scored_in_fit, w.k, w.k = f.k AS is_full, w.spearman, w.ci_low, w.ci_high, w.change,
        w.change_low, w.change_high, w.is_chosen, t.chosen_on, w.over_all, w.over_all_low,
        w.over_all_high, w.pairs,
        TRY_CAST(json_extract_string(t.cost, '$.fit_sentences') AS INTEGER) AS fit_sentences,
        TRY_CAST(json_extract_string(t.cost, '$.few_fit_sentences') AS BOOLEAN)
            AS few_fit_sentences,
        coalesce(json_extract_string(t.parameters, '$.prompt'), '') AS prompt,
        TRY_CAST(json_extract_string(t.parameters, '$.max_length') AS INTEGER) AS max_length,
        t.dtype, t.dataset_digest, t.finished_at, t.run_id
    FROM wide AS w
    JOIN widest AS f ON f.run_id = w.run_id
    JOIN transformed AS t ON t.run_id = w.run_id
    -- Jobs that differ in their other k or in the resamples give one row; one that chose k, first.
    QUALIFY row_number() OVER (
        PARTITION BY t.checkpoint_digest, t.task, pooling, t.transform, t.fitted_on, prompt,
            max_length, t.dtype, t.seed, t.dataset_digest, w.k
        ORDER BY w.is_chosen DESC, w.change IS NOT NULL DESC, t.finished_at DESC, t.run_id
    ) = 1
    """,
)

WHITENING_CHANGES = View(
    "whitening_changes",
    "What a transform of sentence vectors brings, on checkpoints and in the made-up world of"
    " whitening_world: the rows that claims on whitening are judged on.",
    {
        "evaluator": "sts for a checkpoint on a task, whitening_world for a made-up world.",
        **same_as_run("checkpoint", "task"),
        "setting": "What else must be equal to compare rows: pooling, prompt, dtype; sizes.",
        "vectors": "Of a checkpoint as tuning in sts_transforms; made-up untuned, made-up tuned or"
        " made-up isotropic.",
        "transform": "whiten, centre, standardise, zca or remove-top-N.",
        "fitted_on": "Sentences that it was fitted on; of a made-up world target or other.",
        "transductive": "Whether half or more of the scored sentences are among those.",
        "compared": "all k: on all dimensions, with the raw vectors; chosen k: at the k that was"
        " chosen on other pairs, with the raw vectors; chosen k with all: at that k, with all"
        " dimensions of the same transform.",
        "difference": "Spearman less that of what it is compared with, from -2 to 2.",
        "ci_low": "Lower end of the 95% interval, paired by pair or by seed.",
        "ci_high": "Upper end of it.",
        "n": "Number of units.",
        "units": "pairs or seeds.",
        "chosen_on": "Task and split that k was chosen on; NULL: on all k, or a made-up world.",
        "few_fit_sentences": "Whether it was fitted on fewer than 5 sentences per dimension.",
        **same_as_run("checkpoint_digest", "dataset_digest", "finished_at", "run_id"),
    },
    f"""
    WITH measured AS (
        SELECT 'sts' AS evaluator, s.checkpoint, s.task,
            concat_ws(', ', s.pooling, nullif(s.prompt, ''), s.max_length || ' tokens',
                nullif(s.dtype, 'float32')) AS setting,
            s.tuning AS vectors, s.transform, s.fitted_on, s.transductive, c.compared,
            CASE c.compared WHEN 'chosen k with all' THEN s.over_all ELSE s.change END
                AS difference,
            CASE c.compared WHEN 'chosen k with all' THEN s.over_all_low ELSE s.change_low END
                AS ci_low,
            CASE c.compared WHEN 'chosen k with all' THEN s.over_all_high ELSE s.change_high END
                AS ci_high,
            CAST(s.pairs AS BIGINT) AS n, 'pairs' AS units,
            CASE WHEN c.compared <> 'all k' THEN s.chosen_on END AS chosen_on,
            s.few_fit_sentences, s.checkpoint_digest, s.dataset_digest, s.finished_at, s.run_id
        FROM sts_transforms AS s
        CROSS JOIN (VALUES ('all k'), ('chosen k'), ('chosen k with all')) AS c(compared)
        WHERE CASE c.compared WHEN 'all k' THEN s.is_full ELSE s.is_chosen END
    ), arms AS MATERIALIZED (
        SELECT setting, task, arm, seed, metric, value, finished_at, run_id
        FROM arm_scores
        WHERE evaluator = 'whitening_world' AND metric IN ('spearman', 'spearman_at_chosen_k')
            AND seed >= 1000 -- lower ones were looked at while the world was made
    ), made_up AS (
        SELECT 'whitening_world' AS evaluator, '' AS checkpoint, a.task,
            split_part(a.setting, ' vectors, ', 2) AS setting,
            'made-up ' || split_part(a.setting, ' vectors, ', 1) AS vectors,
            split_part(a.arm, ' (', 1) AS transform,
            rtrim(split_part(a.arm, ' (', 2), ')') AS fitted_on,
            a.arm LIKE '%(target)' AS transductive,
            CASE WHEN a.metric = 'spearman' THEN 'all k' WHEN b.arm = 'raw' THEN 'chosen k'
                ELSE 'chosen k with all' END AS compared,
            avg(a.value - b.value) AS difference,
            avg(a.value - b.value) - {half_width("a.value - b.value")} AS ci_low,
            avg(a.value - b.value) + {half_width("a.value - b.value")} AS ci_high,
            count(*) AS n, 'seeds' AS units, CAST(NULL AS VARCHAR) AS chosen_on,
            false AS few_fit_sentences, '' AS checkpoint_digest, '' AS dataset_digest,
            max(a.finished_at) AS finished_at, max(a.run_id) AS run_id
        FROM arms AS a
        JOIN arms AS b ON b.setting = a.setting AND b.seed = a.seed AND b.metric = 'spearman'
            AND (b.arm = 'raw' OR b.arm = a.arm AND a.metric <> 'spearman')
        WHERE a.arm <> 'raw'
        GROUP BY a.task, a.setting, a.arm, a.metric, b.arm
    )
    SELECT * FROM measured WHERE difference IS NOT NULL
    UNION ALL BY NAME
    SELECT * FROM made_up
    """,  # noqa: S608 - no input goes in
)

VIEWS = (STS_TRANSFORMS, WHITENING_CHANGES)
