"""Views of what others publish and claim, beside what was measured here."""

from __future__ import annotations

from db.tables.claims import claims, published_scores, verdicts
from db.views.scores import STS_SCORES
from db.views.view import View, described

_STS = STS_SCORES.columns

# Weights decide where the source states them.  Otherwise names do: the hub's, or its last part.
PUBLISHED_VS_MEASURED = View(
    "published_vs_measured",
    "Published scores beside ours: one row for each published number that was measured here.",
    {
        **described(published_scores, "model"),
        "checkpoint": _STS["checkpoint"],
        **described(published_scores, "task", "metric", "pooling", "whitening"),
        "published": "The number as published.",
        "measured": "Our number, in the unit of the published one.",
        "difference": "Measured less published.",
        **described(published_scores, "unit_max", "source"),
        "matched_by": "weights where the published row states them, else name.",
        **described(published_scores, "split", "k", "aggregate", "notes"),
        "prompt": _STS["prompt"],
        "dtype": _STS["dtype"],
        "checkpoint_digest": _STS["checkpoint_digest"],
        "run_id": _STS["run_id"],
    },
    """
    WITH imports AS (
        SELECT batch_id FROM (
            SELECT DISTINCT batch_id, collection, imported_at FROM published_scores
        )
        QUALIFY row_number() OVER (
            PARTITION BY collection ORDER BY imported_at DESC, batch_id DESC
        ) = 1
    ), published AS (
        SELECT p.* FROM published_scores AS p JOIN imports AS i ON i.batch_id = p.batch_id
    ), sts AS MATERIALIZED (
        SELECT * FROM sts_scores
    ), measured AS (
        SELECT s.*, 'spearman' AS metric, 'all' AS aggregate, s.spearman AS value FROM sts AS s
        UNION ALL
        SELECT s.*, 'pearson', 'all', s.pearson FROM sts AS s
        UNION ALL
        SELECT s.*, 'spearman', 'mean', s.spearman_mean FROM sts AS s
        UNION ALL
        SELECT s.*, 'spearman', 'wmean', s.spearman_wmean FROM sts AS s
    )
    SELECT p.model, m.checkpoint, p.task, p.metric, p.pooling, p.whitening,
        p.value AS published, m.value * p.unit_max AS measured,
        m.value * p.unit_max - p.value AS difference, p.unit_max, p.source,
        CASE WHEN p.weights_sha256 IS NULL OR m.weights_sha256 IS NULL
            THEN 'name' ELSE 'weights' END AS matched_by,
        p.split, p.k, p.aggregate, p.notes, m.prompt, m.dtype, m.checkpoint_digest, m.run_id
    FROM published AS p
    JOIN measured AS m
        ON m.task = p.task AND m.metric = p.metric AND m.aggregate = p.aggregate
        AND m.pooling = p.pooling AND m.whitening = p.whitening
    WHERE m.value IS NOT NULL
        AND (p.k = m.k OR (p.k IS NULL AND m.is_full))
        AND (p.split IS NULL OR m.split IS NULL OR p.split = m.split)
        AND CASE WHEN p.weights_sha256 IS NULL OR m.weights_sha256 IS NULL
            THEN lower(m.checkpoint)
                IN (lower(p.model), lower(regexp_replace(p.model, '^.*/', '')))
            ELSE p.weights_sha256 = m.weights_sha256 END
    """,
)

CLAIM_HISTORY = View(
    "claim_history",
    "Every verdict on every claim, newest first.",
    {
        **described(
            verdicts,
            "claim",
            "decided_at",
            "verdict",
            "statistic",
            "ci_low",
            "ci_high",
            "threshold",
            "board",
            "snapshot",
            "treatment",
            "run_id",
            "night_id",
            "detail",
        ),
        **described(claims, "sentence", "source"),
    },
    """
    WITH by_id AS (
        SELECT * FROM claims
        QUALIFY row_number() OVER (PARTITION BY claim_id ORDER BY recorded_at) = 1
    ), by_name AS (
        SELECT * FROM claims
        QUALIFY row_number() OVER (PARTITION BY claim ORDER BY recorded_at DESC, claim_id) = 1
    )
    SELECT v.claim, v.decided_at, v.verdict, v.statistic, v.ci_low, v.ci_high, v.threshold,
        v.board, v.snapshot, v.treatment, v.run_id, v.night_id, v.detail,
        coalesce(i.sentence, n.sentence) AS sentence, coalesce(i.source, n.source) AS source
    FROM (
        SELECT * FROM verdicts
        QUALIFY row_number() OVER (PARTITION BY verdict_id ORDER BY decided_at) = 1
    ) AS v
    LEFT JOIN by_id AS i ON i.claim_id = v.claim_id
    LEFT JOIN by_name AS n ON n.claim = v.claim
    ORDER BY v.decided_at DESC, v.claim, v.verdict_id
    """,
)

VIEWS = (PUBLISHED_VS_MEASURED, CLAIM_HISTORY)
