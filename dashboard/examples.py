"""Queries to start from."""

from __future__ import annotations

EXAMPLES = {
    "Every STS score with its interval": """\
SELECT task, pooling, whitening, round(100 * spearman, 2) AS spearman,
       round(100 * ci_low, 2) AS ci_low, round(100 * ci_high, 2) AS ci_high,
       k, pairs, checkpoint
FROM sts_scores ORDER BY task, sts_scores.spearman DESC""",
    "Where humans stand under each mean": """\
SELECT board, snapshot, treatment, mean, rank, round(score, 2) AS score
FROM ranks WHERE is_human AND rank IS NOT NULL
ORDER BY board, snapshot, treatment, mean""",
    "Models that move most between the means": """\
SELECT board, snapshot, model, arithmetic, geometric, harmonic, shift
FROM rank_shifts WHERE treatment = 'per-task' AND shift > 0
ORDER BY shift DESC LIMIT 50""",
    "How few dimensions keep 99% of the score": """\
SELECT checkpoint, task, pooling, whitening, min(k) AS dimensions
FROM sts_curve AS c
WHERE spearman >= 0.99 * (
    SELECT max(spearman) FROM sts_curve AS whole WHERE whole.run_id = c.run_id)
GROUP BY ALL ORDER BY dimensions""",
    "Published beside measured": """\
SELECT checkpoint, task, metric, pooling, published, round(measured, 4) AS measured,
       round(difference, 5) AS difference, source
FROM published_vs_measured ORDER BY abs(difference) DESC""",
    "What failed, and has it run since": """\
SELECT started_at, checkpoint, task, error_type, error_text, resolved
FROM failures LIMIT 50""",
    "One model's cells on SuperGLUE": """\
SELECT column_name, task, metric, role, value, suspect_reason
FROM leaderboard_long WHERE board = 'superglue' AND is_human ORDER BY snapshot, column_position""",
    "A mean of your own": """\
SELECT p, power_mean([89.8, 95.8, 100.0, 81.8], p) AS mean
FROM (SELECT unnest([1.0, 0.0, -1.0, -5.0]) AS p)""",
}
