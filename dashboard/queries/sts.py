"""Queries of the STS page: scores, curves, prompts, sizes, pairs of two classes, published ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dashboard.queries.frame import frame
from evaluators.sts.sql_views import scores_of

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

_COLUMNS = """checkpoint, checkpoint_digest, task, language, pooling, whitening, k, is_full,
    spearman, ci_low, ci_high, pearson, pairs, spearman_mean, spearman_wmean, prompt, max_length,
    dtype, seed, finished_at, run_id"""

# Only at full width: a job may request many k, and a store has many jobs.
_SCORES = f"""
    SELECT {_COLUMNS} FROM sts_scores WHERE is_full
    ORDER BY checkpoint, task, spearman DESC, run_id
"""  # noqa: S608 - no input goes in

_AT_EVERY_K = f"""
    SELECT {_COLUMNS} FROM sts_scores
    WHERE checkpoint_digest = :checkpoint_digest AND task = :task AND NOT is_copy
    ORDER BY spearman DESC, run_id, k
"""  # noqa: S608 - no input goes in

# Every k up to 64, then some 200 points: a wide model's curve stays light in the browser.
_CURVE = """
    WITH curve AS (
        SELECT run_id, pooling, whitening, prompt, max_length, dtype, k, spearman,
            max(k) OVER (PARTITION BY run_id) AS width
        FROM sts_curve
        WHERE checkpoint_digest = :checkpoint_digest AND task = :task AND NOT is_copy
    )
    SELECT * FROM curve
    WHERE k <= 64 OR k = width OR k % greatest(1, width // 200) = 0
    ORDER BY pooling, whitening, run_id, k
"""

_PROMPTS = "SELECT DISTINCT prompt FROM sts_runs ORDER BY prompt"

# A run keeps the checkpoint's default prompt only where another was put before sentences, so a run
# that keeps none was scored with the default, unless the checkpoint has none.
_DECLARED = """
    WITH runs AS (
        SELECT checkpoint_digest,
            coalesce(json_extract_string(parameters, '$.prompt'), '') AS prompt,
            json_extract_string(cost, '$.default_prompt_not_used') AS other
        FROM latest_runs
        WHERE evaluator = 'sts' AND json_type(cost, '$.default_prompt_not_used') IS NOT NULL
    ), told AS (
        SELECT checkpoint_digest, CASE
            WHEN count(other) > 0 THEN max(other)
            WHEN bool_or(prompt = '') OR count(DISTINCT prompt) > 1 THEN ''
            END AS prompt
        FROM runs GROUP BY checkpoint_digest
    )
    SELECT checkpoint_digest, prompt FROM told WHERE prompt IS NOT NULL ORDER BY checkpoint_digest
"""

_SPREADS = """
    SELECT checkpoint, checkpoint_digest, task, pooling, whitening, prompts, spread, best_prompt,
        best, best_low, best_high, worst_prompt, worst, worst_low, worst_high, unprompted,
        unprompted_low, unprompted_high, max_length, dtype, dataset_digest
    FROM sts_prompts
    ORDER BY checkpoint, task, pooling, whitening, spread DESC
"""

# What can be chosen, without the scores themselves: a store may have a million of them.
_SIZED = """
    WITH widths AS (
        SELECT run_id, ks[1] AS least, ks[-1] AS most, false AS quantised FROM full_width_scores
        UNION ALL
        SELECT run_id, k, k, true FROM other_width_scores
        WHERE "precision" <> 'float32' AND spearman IS NOT NULL
    ), vectors AS (
        SELECT checkpoint_digest, task, pooling, whitening, prompt, max_length, dtype
        FROM sts_runs AS r JOIN widths AS w ON w.run_id = r.run_id
        GROUP BY ALL HAVING min(least) < max(most) OR bool_or(quantised)
    )
    SELECT task, pooling, whitening, dtype, max_length, count(*) AS vectors
    FROM vectors GROUP BY ALL
    ORDER BY task, pooling, whitening, dtype, max_length
"""

_SETTING = """task = :task AND pooling = :pooling AND whitening = :whitening AND dtype = :dtype
        AND max_length IS NOT DISTINCT FROM CAST(:max_length AS INTEGER)"""

# A number of float32 has 4 bytes, whatever the format of the model's own numbers. The runs of the
# setting are found first: of sts_scores, DuckDB would put together the rows of all runs.
_SIZES = f"""
    WITH runs AS (
        SELECT * FROM sts_runs WHERE {_SETTING}
    ), sizes AS (
        SELECT checkpoint, checkpoint_digest, task, pooling, whitening, 'float32' AS precision, k,
            4 * k AS bytes, spearman, ci_low, ci_high, NULL::DOUBLE AS change,
            NULL::DOUBLE AS change_low, NULL::DOUBLE AS change_high, pairs, prompt, max_length,
            dtype, dataset_digest, run_id
        FROM ({scores_of("runs")})
        UNION ALL
        SELECT checkpoint, checkpoint_digest, task, pooling, whitening, precision, k, bytes,
            spearman, ci_low, ci_high, change, change_low, change_high, pairs, prompt, max_length,
            dtype, dataset_digest, run_id
        FROM sts_quantised WHERE {_SETTING}
    )
    SELECT * FROM sizes
    QUALIFY count(*) OVER (
        PARTITION BY checkpoint_digest, task, pooling, whitening, prompt, max_length, dtype
    ) > 1
    ORDER BY checkpoint, task, bytes DESC, k DESC, run_id
"""  # noqa: S608 - no input goes in

_PAIR_SCORES = """
    SELECT checkpoint, checkpoint_digest, task, language, similarity, pooling, whitening, k, ap,
        ap_low, ap_high, accuracy, accuracy_low, accuracy_high, accuracy_optimism, f1, f1_low,
        f1_high, f1_optimism, accuracy_threshold, f1_threshold, "precision", recall, pairs, prompt,
        max_length, dtype, seed, finished_at, run_id
    FROM pair_classification_scores WHERE is_full
    ORDER BY checkpoint, task, ap DESC, run_id, similarity
"""

_AVERAGES = """
    SELECT board, type, checkpoint, checkpoint_digest, measured_tasks, tasks, average, published,
        difference, missing, metric, pooling, whitening,
        coalesce(prompt, concat('by task (', prompt_choice, ')')) AS prompt,
        max_length, dtype, model, snapshot, run_id
    FROM mteb_averages
    ORDER BY board, type, measured_tasks DESC, average DESC NULLS LAST, checkpoint, prompt
"""

_PUBLISHED = """
    SELECT checkpoint, task, metric, pooling, whitening, k, aggregate, published, measured,
        difference, unit_max, matched_by, source, notes, dtype, prompt, checkpoint_digest, run_id
    FROM published_vs_measured
    WHERE method IS NULL
    ORDER BY checkpoint, task, metric DESC, pooling, whitening, source
"""


_PUBLISHED_CELLS = """
    SELECT verdict, collection, model, task, metric, pooling, whitening, k, published, measured,
        difference, reason, unit_max, source, notes
    FROM published_cells
    WHERE method IS NULL
    ORDER BY verdict, collection, model, task, metric, pooling, whitening, k
"""


def scores(connection: Connection) -> pd.DataFrame:
    """Return headline results by checkpoint, task, pooling and whitening."""
    return frame(connection, _SCORES)


def at_every_k(connection: Connection, checkpoint_digest: str, task: str) -> pd.DataFrame:
    """Return the headline results of one checkpoint on one task, at every requested k."""
    return frame(connection, _AT_EVERY_K, checkpoint_digest=checkpoint_digest, task=task)


def curve(connection: Connection, checkpoint_digest: str, task: str) -> pd.DataFrame:
    """Return Spearman against k of one checkpoint on one task, thinned if long."""
    return frame(connection, _CURVE, checkpoint_digest=checkpoint_digest, task=task)


def published(connection: Connection) -> pd.DataFrame:
    """Return published and measured numbers, in the published unit."""
    return frame(connection, _PUBLISHED)


def published_cells(connection: Connection) -> pd.DataFrame:
    """Return every published score of sentence pairs with its verdict, in the published unit."""
    return frame(connection, _PUBLISHED_CELLS)


def prompts(connection: Connection) -> pd.DataFrame:
    """Return every prompt that was put before sentences."""
    return frame(connection, _PROMPTS)


def declared_prompts(connection: Connection) -> pd.DataFrame:
    """Return the prompt that each checkpoint declares, where its runs tell; empty for none."""
    return frame(connection, _DECLARED)


def spreads(connection: Connection) -> pd.DataFrame:
    """Return the best and the worst prompt of each checkpoint, task and setting."""
    return frame(connection, _SPREADS)


def sized(connection: Connection) -> pd.DataFrame:
    """Return the tasks and settings in which vectors were scored at more than one size."""
    return frame(connection, _SIZED)


def sizes(
    connection: Connection,
    task: str,
    pooling: str,
    whitening: str,
    dtype: str,
    max_length: int | None,
) -> pd.DataFrame:
    """Return Spearman by bytes of a vector, where more than one size was scored."""
    return frame(
        connection,
        _SIZES,
        task=task,
        pooling=pooling,
        whitening=whitening,
        dtype=dtype,
        max_length=max_length,
    )


def pair_scores(connection: Connection) -> pd.DataFrame:
    """Return the scores of pairs of two classes at full width, under every similarity."""
    return frame(connection, _PAIR_SCORES)


def averages(connection: Connection) -> pd.DataFrame:
    """Return MTEB's means over the tasks of a type beside the published ones."""
    return frame(connection, _AVERAGES)
