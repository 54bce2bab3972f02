"""View of published scores beside measured ones."""

from __future__ import annotations

from db.tables import published_scores
from db.views.mteb import averages_of, scores_of, sts_runs_of
from db.views.runs import described
from evaluators.sql_view import View, half_width


def _matched_by_name(revision: str) -> str:
    """Return SQL that says whether a published number is of a revision that was measured here."""
    return f"""CASE WHEN {revision} IS NULL OR h.revisions IS NULL THEN 'name'
            WHEN list_contains(h.revisions, {revision}) THEN 'revision'
            ELSE 'other revision' END"""


CURRENT_PUBLISHED = """imports AS (
        SELECT batch_id FROM (
            SELECT DISTINCT batch_id, collection, imported_at FROM published_scores
        )
        QUALIFY row_number() OVER (
            PARTITION BY collection ORDER BY imported_at DESC, batch_id DESC
        ) = 1
    ), published AS (
        SELECT p.* FROM published_scores AS p JOIN imports AS i ON i.batch_id = p.batch_id
    )"""
"""SQL of the newest import of every list, as the common table expression `published`."""


# Weights decide where the source states them.  Otherwise names do: the hub's, or its last part.
PUBLISHED_VS_MEASURED = View(
    "published_vs_measured",
    "Published scores beside ours: one row for each published number that was measured here, those"
    " of MTEB's boards and their means over the tasks of a type included.",
    {
        **described(published_scores, "model"),
        "checkpoint": None,
        **described(published_scores, "task", "metric", "pooling", "whitening"),
        "published": "The number as published.",
        "measured": "Our number, in the unit of the published one.",
        "difference": "Measured less published.",
        **described(published_scores, "unit_max", "source"),
        "matched_by": "weights: the published row states the same. revision: name and commit are"
        " the same. other revision: only the name is. name: one of both states no commit.",
        **described(published_scores, "split", "k", "aggregate", "notes"),
        "prompt": "Text put before every sentence; NULL where the tasks of a mean have different"
        " ones, and for CLUE.",
        "dtype": None,
        "checkpoint_digest": None,
        "run_id": "Our run; of several seeds or tasks the newest.",
        **described(published_scores, "method"),
        "setting": "How a CLUE task was trained here, in words; NULL for sentence pairs.",
        "seeds": "How many seeds ours is the mean of; NULL for sentence pairs.",
        "seed_spread": "Half-width of the 95% interval of one further seed, in the published unit;"
        " NULL for sentence pairs and for one seed.",
        "trained_on": "What our method was trained on; NULL for sentence pairs.",
        "collection": "The list of published scores; NULL for MTEB's boards.",
        "published_revision": "Commit of the published number, where stated.",
    },
    f"""
    WITH here AS (
        SELECT checkpoint_digest, list(DISTINCT resolved_revision) AS revisions
        FROM checkpoints WHERE resolved_revision IS NOT NULL GROUP BY ALL
    ), {CURRENT_PUBLISHED}, board_names AS (
        -- Equal names join by their hashes; a comparison of every two would take seconds.
        SELECT DISTINCT model, unnest([lower(model), lower(regexp_replace(model, '^.*/', ''))])
            AS name
        FROM mteb_cells WHERE model IS NOT NULL
    ), published_names AS (
        SELECT DISTINCT unnest([lower(model), lower(regexp_replace(model, '^.*/', ''))]) AS name,
            k IS NOT NULL AS has_width
        FROM published
    ), names AS (
        SELECT name FROM board_names UNION SELECT name FROM published_names
    ), same_weights AS (
        SELECT checkpoint_digest FROM checkpoints
        WHERE weights_sha256 IN (SELECT weights_sha256 FROM published)
    ), known AS (
        FROM same_weights
        UNION SELECT checkpoint_digest FROM checkpoints WHERE lower(name) IN (FROM names)
    ), runs_of_known AS MATERIALIZED (
        -- Only what can be joined below: a store has many scores of models that nobody published.
        SELECT * FROM runs WHERE evaluator = 'sts' AND checkpoint_digest IN (FROM known)
    ), known_runs AS MATERIALIZED (
        SELECT * FROM {sts_runs_of("runs_of_known")}
        WHERE lower(checkpoint) IN (FROM names) OR checkpoint_digest IN (FROM same_weights)
    ), other_width_runs AS MATERIALIZED (
        -- Few models have published scores of other widths, and those tables are the longest.
        SELECT run_id FROM known_runs
        WHERE task IN (SELECT task FROM published WHERE k IS NOT NULL)
            AND (weights_sha256 IN (SELECT weights_sha256 FROM published WHERE k IS NOT NULL)
                OR lower(checkpoint) IN (SELECT name FROM published_names WHERE has_width))
    ), scored AS (
        SELECT run_id, k, is_full, unnest(['spearman', 'spearman', 'spearman', 'pearson'])
                AS metric, unnest(['all', 'mean', 'wmean', 'all']) AS aggregate,
            unnest([spearman, spearman_mean, spearman_wmean, pearson]) AS value
        FROM (
            SELECT * FROM similarity_scores
            WHERE is_full AND run_id IN (
                SELECT run_id FROM known_runs WHERE task IN (SELECT task FROM published)
            )
            UNION ALL
            SELECT * FROM similarity_scores WHERE NOT is_full AND run_id IN (FROM other_width_runs)
        )
    ), sts AS (
        -- As in sts_scores: jobs that differ in what does not change a score have one row, that of
        -- the newest.
        SELECT r.*, s.k, s.metric, s.aggregate, s.value, s.is_full
        FROM scored AS s JOIN known_runs AS r ON r.run_id = s.run_id
        WHERE s.value IS NOT NULL
        QUALIFY rank() OVER (
            PARTITION BY r.checkpoint, r.checkpoint_digest, r.task, r.pooling, r.whitening,
                r.prompt, r.max_length, r.dtype, r.seed, r.dataset_digest, s.k
            ORDER BY r.finished_at DESC, r.run_id
        ) = 1
    ), mteb AS MATERIALIZED (
        {scores_of("known_runs")}
    ), averages AS (
        {averages_of("mteb")}
    ), measured AS (
        SELECT * FROM sts
        UNION ALL BY NAME
        SELECT c.*, 'all' AS aggregate, true AS is_full FROM mteb AS c
        WHERE c.metric LIKE 'max%'
    ), trained AS (
        SELECT a.checkpoint, a.checkpoint_digest, a.task, a.metric, a.arm, a.setting, a.trained_on,
            json_extract_string(r.parameters, '$.split') AS split, r.dtype,
            avg(a.value) AS value, CAST(count(*) AS INTEGER) AS seeds,
            {half_width("a.value")} * sqrt(count(*) + 1) AS seed_spread,
            arg_max(a.run_id, (a.finished_at, a.run_id)) AS run_id
        -- Of runs, which takes less than clue_runs: that would search for those that count again.
        FROM arm_scores AS a JOIN runs AS r ON r.run_id = a.run_id
        WHERE a.evaluator = 'clue' AND split_part(a.trained_on, '/', 1) IN ('', a.task)
        GROUP BY ALL
    )
    SELECT p.model, m.checkpoint, p.task, p.metric, p.pooling, p.whitening,
        p.value AS published, m.value * p.unit_max AS measured,
        m.value * p.unit_max - p.value AS difference, p.unit_max, p.source,
        CASE WHEN p.weights_sha256 IS NULL OR m.weights_sha256 IS NULL
            THEN {_matched_by_name("p.revision")} ELSE 'weights' END AS matched_by,
        p.split, p.k, p.aggregate, p.notes, m.prompt, m.dtype, m.checkpoint_digest, m.run_id,
        p.method, NULL::VARCHAR AS setting, NULL::INTEGER AS seeds,
        NULL::DOUBLE AS seed_spread, NULL::VARCHAR AS trained_on, p.collection,
        p.revision AS published_revision
    FROM published AS p
    JOIN measured AS m
        ON m.task = p.task AND m.metric = p.metric AND m.aggregate = p.aggregate
        AND m.pooling = p.pooling AND m.whitening = p.whitening
    LEFT JOIN here AS h ON h.checkpoint_digest = m.checkpoint_digest
    WHERE m.value IS NOT NULL AND p.method IS NULL
        AND (p.k = m.k OR (p.k IS NULL AND m.is_full))
        AND (p.split IS NULL OR m.split IS NULL OR p.split = m.split)
        AND CASE WHEN p.weights_sha256 IS NULL OR m.weights_sha256 IS NULL
            THEN lower(m.checkpoint)
                IN (lower(p.model), lower(regexp_replace(p.model, '^.*/', '')))
            ELSE p.weights_sha256 = m.weights_sha256 END
    UNION ALL
    SELECT p.model, m.checkpoint, p.task, p.metric, NULL, NULL, p.value, m.value * p.unit_max,
        m.value * p.unit_max - p.value, p.unit_max, p.source, 'name', p.split, NULL, NULL,
        p.notes, NULL, m.dtype, m.checkpoint_digest, m.run_id, p.method, m.setting, m.seeds,
        m.seed_spread * p.unit_max, m.trained_on, p.collection, p.revision
    FROM published AS p
    JOIN trained AS m ON m.task = p.task AND m.metric = p.metric AND m.arm = p.method
        AND (p.split IS NULL OR p.split = m.split)
        AND lower(m.checkpoint) IN (lower(p.model), lower(regexp_replace(p.model, '^.*/', '')))
    UNION ALL
    -- A list of published scores may hold a board's number too, with more about it.
    SELECT c.model, m.checkpoint, c.task, replace(c.metric, 'cosine_', ''), m.pooling, m.whitening,
        c.value, m.value * c.unit_max, m.value * c.unit_max - c.value, c.unit_max, c.source,
        {_matched_by_name("c.revision")}, m.split, NULL, 'all', c.board || ' ' || c.snapshot,
        m.prompt, m.dtype, m.checkpoint_digest, m.run_id, NULL, NULL, NULL, NULL, NULL, NULL,
        c.revision
    FROM board_names AS b
    JOIN mteb_cells AS c ON c.model = b.model
    JOIN mteb AS m
        ON m.task = c.task AND m.metric = c.metric AND lower(m.checkpoint) = b.name
    LEFT JOIN here AS h ON h.checkpoint_digest = m.checkpoint_digest
    WHERE m.pooling = 'native' AND m.whitening = 'none' AND NOT EXISTS (
        SELECT 1 FROM published AS p
        WHERE lower(p.model) = lower(c.model) AND p.task = c.task
            AND p.metric = replace(c.metric, 'cosine_', '') AND p.pooling = m.pooling
            AND p.whitening = m.whitening AND p.k IS NULL AND p.aggregate = 'all'
    )
    UNION ALL
    SELECT a.model, a.checkpoint, a.board || ' ' || a.type, replace(a.metric, 'cosine_', ''),
        a.pooling, a.whitening, a.published, a.average, a.difference, 1,
        a.board || ' ' || a.snapshot, {_matched_by_name("a.published_revision")}, NULL, NULL,
        'mean over tasks', 'mean of ' || a.tasks || ' tasks', a.prompt, a.dtype,
        a.checkpoint_digest, a.run_id, NULL, NULL, NULL, NULL, NULL, NULL,
        a.published_revision
    FROM averages AS a
    LEFT JOIN here AS h ON h.checkpoint_digest = a.checkpoint_digest
    WHERE a.difference IS NOT NULL
    """,  # noqa: S608 - no input goes in
)

VIEWS = (PUBLISHED_VS_MEASURED,)
