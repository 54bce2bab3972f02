"""Views of the experiments on the dimension rule n > 8.33 ln N: the curves, and the law."""

from __future__ import annotations

from evaluators.sql_view import View

_CELL = {
    "experiment": "theory, freezing, retrieval, words, attention, kept or embeddings: the name of"
    " the evaluator after dimension_.",
    "subject": "What was measured: a checkpoint, a corpus or synthetic.",
    "task": None,
    "setting": "Other settings of the experiment, such as noise or projection.",
    "items": "N: number of items, words, positions or sentences.",
}
_RUN = {
    "parameters": None,
    "seed": None,
    "finished_at": None,
    "run_id": None,
}

DIMENSION_RUNS = View(
    "dimension_runs",
    "The latest runs of experiments on the dimension rule.",
    {**_CELL, **_RUN},
    """
    SELECT substr(evaluator, 11) AS experiment,
        CASE WHEN checkpoint <> '' THEN checkpoint
            ELSE coalesce(json_extract_string(parameters, '$.subject'), 'synthetic')
        END AS subject,
        task, coalesce(json_extract_string(parameters, '$.setting'), '') AS setting,
        coalesce(
            TRY_CAST(json_extract_string(parameters, '$.items') AS BIGINT), sentence_count
        ) AS items,
        parameters, seed, finished_at, run_id
    FROM latest_runs WHERE starts_with(evaluator, 'dimension_')
    """,
)

# A curve over a grid is kept as two lists: where (metric n), and what was measured there.
DIMENSION_CURVE = View(
    "dimension_curve",
    "Metrics at each number of dimensions, in experiments on the dimension rule.",
    {
        **_CELL,
        "metric": "Name of the metric, such as recall@1, cross_entropy or accuracy.",
        "variant": "What distinguishes the curve from others of the run, as JSON.",
        "n": "Number of dimensions.",
        "value": "Value of the metric at n dimensions.",
        **_RUN,
    },
    """
    SELECT r.experiment, r.subject, r.task, r.setting, r.items, c.metric, c.variant,
        CAST(unnest(g."values") AS INTEGER) AS n, unnest(c."values") AS value,
        r.parameters, r.seed, r.finished_at, r.run_id
    FROM dimension_runs AS r
    JOIN score_curves AS g ON g.run_id = r.run_id AND g.metric = 'n' AND g.axis = 'point'
    JOIN score_curves AS c ON c.run_id = r.run_id AND c.metric <> 'n' AND c.axis = 'point'
        AND len(c."values") = len(g."values")
    """,
)

DIMENSION_LAW = View(
    "dimension_law",
    "Number of dimensions that N items need, by experiment, with the rule n > 8.33 ln N.",
    {
        **_CELL,
        "criterion": "What n_star reaches: a recall, or a share of the gain or of the full score.",
        "n_star": "Smallest number of dimensions that reaches it; NULL where none tried does.",
        "ci_low": "Lower end of the 95% interval of n_star.",
        "ci_high": "Upper end of the 95% interval of n_star.",
        "beyond": "Where n_star is NULL: n_star is larger than this.",
        "still_rising": "Whether the best score was still rising at the largest n that was tried:"
        " n_star is then too small.",
        "predicted": "n_star that theory predicts; NULL where it predicts none.",
        "per_log": "n_star / ln N; the rule says 8.33.",
        "rule": "8.33 ln N.",
        "trials": "Number of trials behind n_star.",
        **_RUN,
    },
    """
    WITH cells AS (
        SELECT run_id, coalesce(json_extract_string(variant, '$.criterion'), '') AS criterion,
            max(value) FILTER (WHERE metric = 'n_star') AS n_star,
            max(ci_low) FILTER (WHERE metric = 'n_star') AS ci_low,
            max(ci_high) FILTER (WHERE metric = 'n_star') AS ci_high,
            max(value) FILTER (WHERE metric = 'n_star_beyond') AS beyond,
            max(value) FILTER (WHERE metric = 'n_star_predicted') AS predicted,
            max(n) FILTER (WHERE metric IN ('n_star', 'n_star_beyond')) AS trials,
            max(TRY_CAST(json_extract_string(variant, '$.items') AS BIGINT)) AS counted
        FROM scores WHERE starts_with(metric, 'n_star') GROUP BY ALL
    ), rising AS (
        SELECT run_id, max(value) > 0 AS still_rising FROM scores
        WHERE metric = 'still_rising' GROUP BY run_id
    ), counted AS (
        SELECT r.* EXCLUDE (items), coalesce(c.counted, r.items) AS items,
            c.* EXCLUDE (run_id, counted), coalesce(g.still_rising, false) AS still_rising
        FROM dimension_runs AS r JOIN cells AS c ON c.run_id = r.run_id
        LEFT JOIN rising AS g ON g.run_id = r.run_id
    )
    SELECT experiment, subject, task, setting, items, criterion, n_star, ci_low, ci_high, beyond,
        still_rising, predicted,
        CASE WHEN items > 1 THEN n_star / ln(CAST(items AS DOUBLE)) END AS per_log,
        CASE WHEN items > 1 THEN 8.33 * ln(CAST(items AS DOUBLE)) END AS rule,
        trials, parameters, seed, finished_at, run_id
    FROM counted
    """,
)

VIEWS = (DIMENSION_RUNS, DIMENSION_CURVE, DIMENSION_LAW)
