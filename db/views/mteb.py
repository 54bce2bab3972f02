"""Views of our scores as MTEB counts them, and of its means over the tasks of a type.

A board that was imported from MTEB says which tasks a benchmark has, of which type each is, and
what every model scored: nothing of it is written down a second time.
"""

from __future__ import annotations

from evaluators.sql_view import View, same_as_run

_SETTING = {
    **same_as_run("checkpoint", "checkpoint_digest"),
    "pooling": "Pooling of token vectors; native is the pooling that the checkpoint declares.",
    "whitening": "Sentences that the whitening was fitted on; none: vectors are not whitened.",
    "prompt": "Prompt put before every sentence.",
    "max_length": "Length in tokens that sentences are cut to; NULL: the limit of the checkpoint.",
    "dtype": None,
}

# The seed draws the resamples of intervals alone, so it is no part of the setting.
MTEB_SCORES = View(
    "mteb_scores",
    "Our newest scores at full width under MTEB's names of metrics.",
    {
        **_SETTING,
        **same_as_run("task", "split"),
        "metric": "MTEB's name: cosine_spearman, max_ap, max_accuracy or max_f1.",
        "value": "The score, from -1 to 1.",
        **same_as_run("weights_sha256", "finished_at", "run_id"),
    },
    """
    WITH named AS (
        SELECT checkpoint, checkpoint_digest, pooling, whitening, prompt, max_length, dtype, task,
            split, 'cosine_spearman' AS metric, spearman AS value, weights_sha256, finished_at,
            run_id
        FROM sts_scores WHERE is_full AND spearman IS NOT NULL
        UNION ALL
        SELECT p.checkpoint, p.checkpoint_digest, p.pooling, p.whitening, p.prompt, p.max_length,
            p.dtype, p.task, p.split, m.metric,
            CASE m.metric WHEN 'max_ap' THEN p.ap WHEN 'max_accuracy' THEN p.accuracy ELSE p.f1 END,
            p.weights_sha256, p.finished_at, p.run_id
        FROM pair_classification_scores AS p
        CROSS JOIN (VALUES ('max_ap'), ('max_accuracy'), ('max_f1')) AS m(metric)
        WHERE p.is_full AND p.similarity = 'max'
    )
    SELECT * FROM named
    QUALIFY row_number() OVER (
        PARTITION BY checkpoint_digest, pooling, whitening, prompt, max_length, dtype, task, metric
        ORDER BY finished_at DESC, run_id
    ) = 1
    """,
)

MTEB_CELLS = View(
    "mteb_cells",
    "What MTEB published on STS and pair classification, in the newest snapshot of each board.",
    {
        "board": "Name of the board.",
        "snapshot": "Date or edition of the numbers.",
        "type": "MTEB's type of the task: STS or PairClassification.",
        "task": "Name of the task.",
        "metric": "MTEB's name of the metric: cosine_spearman, max_ap, max_accuracy.",
        "model": "Name of the model; NULL: the task itself, which may have no score.",
        "value": "The number as published; NULL with model.",
        "unit_max": "The best possible value: 1 or 100.",
        "source": "Where the number comes from; NULL with model.",
        "revision": "Commit of the model that was measured; NULL: none is stated, or several are.",
    },
    """
    WITH newest AS (
        SELECT board_id, board, snapshot, source FROM current_boards
        QUALIFY row_number() OVER (PARTITION BY board ORDER BY snapshot DESC) = 1
    ), needed AS (
        SELECT b.board_id, b.board, b.snapshot, b.source, c.type, c.task, c.metric, c.position,
            coalesce(c.unit_max, 1) AS unit_max
        FROM newest AS b JOIN leaderboard_columns AS c ON c.board_id = b.board_id
        WHERE c.type IN ('STS', 'PairClassification')
            AND c.metric IN ('cosine_spearman', 'max_ap', 'max_accuracy', 'max_f1')
    )
    SELECT board, snapshot, type, task, metric, NULL::VARCHAR AS model, NULL::DOUBLE AS value,
        unit_max, NULL::VARCHAR AS source, NULL::VARCHAR AS revision
    FROM needed
    UNION ALL
    SELECT n.board, n.snapshot, n.type, n.task, n.metric, r.model, x.value, n.unit_max,
        coalesce(x.source, r.source, n.source),
        -- as the importer of MTEB's results words it where all tasks are of one revision
        nullif(regexp_extract(coalesce(x.source, r.source), ': revision ([0-9a-f]{40})$', 1), '')
    FROM needed AS n
    JOIN leaderboard_cells AS x ON x.board_id = n.board_id AND x.column_position = n.position
    JOIN leaderboard_rows AS r ON r.board_id = n.board_id AND r.position = x.model_position
    """,
)

MTEB_AVERAGES = View(
    "mteb_averages",
    "MTEB's mean over the tasks of a type, from our scores: one row for each board, type and"
    " measured setting of a checkpoint.",
    {
        "board": "Name of the board of the benchmark: mteb-eng-v2 for MTEB(eng, v2).",
        "type": "MTEB's type of the tasks: STS or PairClassification.",
        **_SETTING,
        "tasks": "Number of tasks of the type in the benchmark.",
        "measured_tasks": "How many of them are measured here.",
        "missing": "Names of the others; empty where there are none.",
        "average": "Mean of our scores, from -1 to 1; NULL unless every task is measured.",
        "model": "Model of that name on the board; NULL: none, or another pooling or whitening.",
        "published": "Mean of its published scores; NULL unless it has every task.",
        "difference": "Average less published.",
        "snapshot": "Date or edition of the board.",
        "metric": "MTEB's name of the metric of these tasks.",
        "run_id": "The newest of our runs.",
        "published_revision": "Commit of the model that has the published mean, where stated.",
    },
    """
    WITH needed AS (
        SELECT * FROM mteb_cells WHERE model IS NULL
    ), settings AS (
        SELECT checkpoint_digest, pooling, whitening, prompt, max_length, dtype,
            arg_max(checkpoint, finished_at) AS checkpoint
        FROM mteb_scores GROUP BY ALL
    ), ours AS (
        SELECT n.board, n.snapshot, n.type, min(n.metric) AS metric, s.checkpoint,
            s.checkpoint_digest, s.pooling, s.whitening, s.prompt, s.max_length, s.dtype,
            CAST(count(*) AS INTEGER) AS tasks, CAST(count(m.value) AS INTEGER) AS measured_tasks,
            coalesce(string_agg(n.task, ', ' ORDER BY n.task) FILTER (WHERE m.value IS NULL), '')
                AS missing,
            avg(m.value) AS average, arg_max(m.run_id, m.finished_at) AS run_id
        FROM needed AS n
        CROSS JOIN settings AS s
        LEFT JOIN mteb_scores AS m
            ON m.task = n.task AND m.metric = n.metric
            AND m.checkpoint_digest = s.checkpoint_digest AND m.pooling = s.pooling
            AND m.whitening = s.whitening AND m.prompt = s.prompt AND m.dtype = s.dtype
            AND m.max_length IS NOT DISTINCT FROM s.max_length
        GROUP BY n.board, n.snapshot, n.type, s.checkpoint, s.checkpoint_digest, s.pooling,
            s.whitening, s.prompt, s.max_length, s.dtype
        HAVING count(m.value) > 0
    ), theirs AS (
        SELECT board, type, model, count(*) AS tasks, avg(value / unit_max) AS average,
            CASE WHEN count(revision) = count(*) AND min(revision) = max(revision)
                THEN min(revision) END AS revision
        FROM mteb_cells WHERE model IS NOT NULL GROUP BY ALL
    ), beside AS (
        SELECT o.* REPLACE (CASE WHEN o.measured_tasks = o.tasks THEN o.average END AS average),
            t.model, CASE WHEN t.tasks = o.tasks THEN t.average END AS published,
            t.revision AS published_revision
        FROM ours AS o
        LEFT JOIN theirs AS t
            ON t.board = o.board AND t.type = o.type
            AND o.pooling = 'native' AND o.whitening = 'none'
            AND lower(o.checkpoint) IN (lower(t.model), lower(regexp_replace(t.model, '^.*/', '')))
    )
    SELECT board, type, checkpoint, checkpoint_digest, pooling, whitening, prompt, max_length,
        dtype, tasks, measured_tasks, missing, average, model, published,
        average - published AS difference, snapshot, metric, run_id, published_revision
    FROM beside
    """,
)

VIEWS = (MTEB_SCORES, MTEB_CELLS, MTEB_AVERAGES)
