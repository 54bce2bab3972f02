"""View of pairs of two classes: scores under every similarity."""

from __future__ import annotations

from evaluators.sql_view import View, same_as_run
from evaluators.sts.sql_views import COPY, FIT, PARAMETERS, PROMPT

_METRICS = ("ap", "accuracy", "f1")


def _wide() -> str:
    """Return SQL that makes columns of the metrics under one similarity, or the largest of all."""
    columns = []
    for metric in _METRICS:
        here = f"metric IN ('{metric}', 'max_{metric}')"
        columns += [
            f"max({source}) FILTER (WHERE {here}) AS {name}"
            for source, name in (
                ("value", metric),
                ("ci_low", f"{metric}_low"),
                ("ci_high", f"{metric}_high"),
            )
        ]
    for metric in ("accuracy", "f1"):
        optimism = f"metric IN ('{metric}_optimism', 'max_{metric}_optimism')"
        columns.append(f"max(value) FILTER (WHERE {optimism}) AS {metric}_optimism")
    for metric in ("accuracy_threshold", "f1_threshold", "precision", "recall"):
        columns.append(f"max(value) FILTER (WHERE metric = '{metric}') AS \"{metric}\"")
    return ",\n            ".join(columns)


PAIR_CLASSIFICATION_SCORES = View(
    "pair_classification_scores",
    "Scores of pairs of two classes: one row for each name of a checkpoint, task, pooling,"
    " whitening, prompt, k and similarity.",
    {
        **same_as_run("checkpoint", "checkpoint_digest", "task", "language"),
        **PARAMETERS,
        "k": "Number of dimensions kept.",
        "similarity": "cosine, dot, manhattan or euclidean; max: the largest of the four in each"
        " metric, as MTEB's main scores are.",
        "ap": "Average precision of class 1, from 0 to 1.",
        "ap_low": "Lower end of the 95% interval of ap.",
        "ap_high": "Upper end of the 95% interval of ap.",
        "accuracy": "Accuracy at the threshold that is best on these very pairs.",
        "accuracy_low": "Lower end of the 95% interval of accuracy on new pairs.",
        "accuracy_high": "Upper end of it, which may be below accuracy: see accuracy_optimism.",
        "f1": "F1 of class 1 at the threshold that is best on these very pairs.",
        "f1_low": "Lower end of the 95% interval of f1 on new pairs.",
        "f1_high": "Upper end of it, which may be below f1.",
        "accuracy_optimism": "How much accuracy is too high, as its threshold is chosen on the"
        " pairs that it is scored on; an estimate by the bootstrap.",
        "f1_optimism": "How much f1 is too high, likewise.",
        "accuracy_threshold": "Threshold of accuracy, a distance for manhattan and euclidean; NULL"
        " for max.",
        "f1_threshold": "Threshold of f1, likewise.",
        "precision": "Precision at the threshold of f1; NULL for max.",
        "recall": "Recall at the threshold of f1; NULL for max.",
        "pairs": "Number of sentence pairs.",
        **same_as_run("run_id"),
        "is_full": "Whether k is the full number of dimensions of the checkpoint.",
        **PROMPT,
        **same_as_run("dtype", "seed", "split", "dataset_digest", "weights_sha256", "finished_at"),
        **FIT,
        **COPY,
    },
    f"""
    WITH wide AS (
        SELECT run_id, k,
            coalesce(json_extract_string(variant, '$.similarity'), 'max') AS similarity,
            {_wide()},
            max(n) AS pairs
        FROM scores
        WHERE run_id IN (SELECT run_id FROM scores WHERE metric = 'max_ap')
        GROUP BY run_id, k, coalesce(json_extract_string(variant, '$.similarity'), 'max')
    ), widest AS (
        SELECT run_id, max(k) AS k FROM wide GROUP BY run_id
    )
    SELECT r.checkpoint, r.checkpoint_digest, r.task, r.language, r.pooling, r.whitening,
        w.k, w.similarity, w.ap, w.ap_low, w.ap_high, w.accuracy, w.accuracy_low, w.accuracy_high,
        w.f1, w.f1_low, w.f1_high, w.accuracy_optimism, w.f1_optimism, w.accuracy_threshold,
        w.f1_threshold, w."precision", w.recall, w.pairs, r.run_id, w.k = f.k AS is_full,
        r.prompt, r.max_length, r.dtype, r.seed, r.split, r.dataset_digest, r.weights_sha256,
        r.finished_at, r.few_fit_sentences, r.is_copy
    FROM wide AS w
    JOIN widest AS f ON f.run_id = w.run_id
    JOIN sts_runs AS r ON r.run_id = w.run_id
    QUALIFY row_number() OVER (
        PARTITION BY r.checkpoint, r.checkpoint_digest, r.task, r.pooling, r.whitening, r.prompt,
            r.max_length, r.dtype, r.seed, r.dataset_digest, w.k, w.similarity
        ORDER BY r.finished_at DESC, r.run_id
    ) = 1
    """,  # noqa: S608 - no input goes in
)

VIEWS = (PAIR_CLASSIFICATION_SCORES,)
