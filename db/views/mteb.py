"""Views of our scores as MTEB counts them, and of its means over the tasks of a type.

A board that was imported from MTEB says which tasks a benchmark has, of which type each is, and
what every model scored: nothing of it is written down a second time.
"""

from __future__ import annotations

from db.views.runs import latest_of
from evaluators.sql_view import View, same_as_run
from evaluators.sts.sql_views import runs_of

_SETTING = {
    **same_as_run("checkpoint", "checkpoint_digest"),
    "pooling": "Pooling of token vectors; native is the pooling that the checkpoint declares.",
    "whitening": "Sentences that the whitening was fitted on; none: vectors are not whitened.",
    "max_length": "Length in tokens that sentences are cut to; NULL: the limit of the checkpoint.",
    "dtype": None,
}


def sts_runs_of(among: str) -> str:
    """Return a relation as `sts_runs` from one with rows of `runs`: see `latest_of`."""
    return f"({runs_of(f'({latest_of(among)})')})"


def scores_of(runs: str) -> str:
    """Return the SQL of `mteb_scores` from a relation with rows of `sts_runs`.

    A query that needs few of the runs, or needs them twice, asks for them first.
    """
    # The newest run of a setting has the number, whatever it has at other k. The seed draws the
    # resamples of intervals alone, so it is no part of the setting. Few settings were scored more
    # than once: a window over all would sort them for nothing.
    setting = "checkpoint, checkpoint_digest, pooling, whitening, prompt, max_length, dtype, task"
    return f"""
    WITH measured AS (
        SELECT run_id, 'cosine_spearman' AS metric, spearman AS value FROM similarity_scores
        WHERE is_full AND spearman IS NOT NULL
        UNION ALL
        SELECT run_id, unnest(['max_ap', 'max_accuracy', 'max_f1']), unnest([
            max(value) FILTER (WHERE metric = 'max_ap'),
            max(value) FILTER (WHERE metric = 'max_accuracy'),
            max(value) FILTER (WHERE metric = 'max_f1')])
        FROM headline_scores WHERE metric IN ('max_ap', 'max_accuracy', 'max_f1')
        GROUP BY run_id
    ), named AS MATERIALIZED (
        SELECT r.checkpoint, r.checkpoint_digest, r.pooling, r.whitening, r.max_length, r.dtype,
            r.prompt, r.task, r.split, m.metric, m.value, r.weights_sha256, r.finished_at,
            r.run_id, hash({setting}, m.metric) AS setting
        FROM measured AS m JOIN {runs} AS r ON r.run_id = m.run_id
    ), older AS (
        SELECT checkpoint, run_id, metric FROM named
        WHERE setting IN (SELECT setting FROM named GROUP BY setting HAVING count(*) > 1)
        QUALIFY row_number() OVER (
            PARTITION BY {setting}, metric ORDER BY finished_at DESC, run_id
        ) > 1
    )
    SELECT n.* EXCLUDE (setting) FROM named AS n
    ANTI JOIN older AS o
        ON o.run_id = n.run_id AND o.checkpoint = n.checkpoint AND o.metric = n.metric
    """  # noqa: S608 - no input goes in


MTEB_SCORES = View(
    "mteb_scores",
    "Our newest scores at full width under MTEB's names of metrics: one row for each name of a"
    " checkpoint.",
    {
        **_SETTING,
        "prompt": "Prompt put before every sentence.",
        **same_as_run("task", "split"),
        "metric": "MTEB's name: cosine_spearman, max_ap, max_accuracy or max_f1.",
        "value": "The score, from -1 to 1.",
        **same_as_run("weights_sha256", "finished_at", "run_id"),
    },
    scores_of("sts_runs"),
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


def averages_of(scores: str) -> str:
    """Return the SQL of `mteb_averages` from a relation with the rows of `mteb_scores`.

    A query that needs those rows too asks for them once.
    """
    # A choice may stand for another text on each task. Scores with one text are a setting too,
    # whoever chose it. Of settings with the same runs, one row is left with all their choices; a
    # setting that has only some of the runs of another is part of that.
    return f"""
    WITH needed AS (
        SELECT * FROM mteb_cells WHERE model IS NULL
    ), newest AS (
        SELECT checkpoint_digest, checkpoint AS chosen_for, choice, task, prompt FROM prompt_choices
        QUALIFY row_number() OVER (
            PARTITION BY checkpoint_digest, checkpoint, choice, task ORDER BY recorded_at DESC
        ) = 1
    ), scored AS MATERIALIZED (
        SELECT * FROM {scores}
    ), chosen AS (
        SELECT m.*, n.chosen_for, n.choice
        FROM scored AS m
        JOIN newest AS n ON n.checkpoint_digest = m.checkpoint_digest AND n.task = m.task
            AND n.prompt = m.prompt
        UNION ALL
        SELECT m.*, m.prompt, NULL FROM scored AS m
    ), measured AS (
        SELECT n.board, n.snapshot, n.type, min(n.metric) AS metric, m.checkpoint,
            m.checkpoint_digest, m.pooling, m.whitening, m.max_length, m.dtype, m.choice,
            list_avg(list(m.value ORDER BY m.task)) AS average,  -- in one order: equal bits
            CASE WHEN count(DISTINCT m.prompt) = 1 THEN min(m.prompt) END AS prompt,
            list(m.task ORDER BY m.task) AS measured, list(m.run_id ORDER BY m.run_id) AS runs,
            arg_max(m.run_id, (m.finished_at, m.run_id)) AS run_id
        FROM needed AS n
        JOIN chosen AS m ON m.task = n.task AND m.metric = n.metric
        GROUP BY n.board, n.snapshot, n.type, m.checkpoint, m.checkpoint_digest, m.pooling,
            m.whitening, m.max_length, m.dtype, m.choice, m.chosen_for
    ), distinct_runs AS MATERIALIZED (
        SELECT * EXCLUDE (choice), string_agg(DISTINCT choice, ', ' ORDER BY choice)
            AS prompt_choice
        FROM measured GROUP BY ALL
    ), ours AS (
        SELECT d.* FROM distinct_runs AS d
        WHERE NOT EXISTS (
            SELECT 1 FROM distinct_runs AS more
            WHERE more.board = d.board AND more.type = d.type AND more.checkpoint = d.checkpoint
                AND more.checkpoint_digest = d.checkpoint_digest
                AND len(more.runs) > len(d.runs) AND list_has_all(more.runs, d.runs)
        )
    ), wanted AS (
        SELECT board, type, CAST(count(*) AS INTEGER) AS tasks, list(task ORDER BY task) AS names
        FROM needed GROUP BY ALL
    ), theirs AS (
        SELECT board, type, model, count(*) AS tasks, avg(value / unit_max) AS average,
            CASE WHEN count(revision) = count(*) AND min(revision) = max(revision)
                THEN min(revision) END AS revision
        FROM mteb_cells WHERE model IS NOT NULL GROUP BY ALL
    ), named AS (
        SELECT DISTINCT model, unnest([lower(model), lower(regexp_replace(model, '^.*/', ''))])
            AS name
        FROM theirs
    ), known AS (
        SELECT t.*, n.name FROM theirs AS t JOIN named AS n ON n.model = t.model
    ), beside AS (
        SELECT o.* REPLACE (CASE WHEN len(o.measured) = w.tasks THEN o.average END AS average),
            w.tasks, CAST(len(o.measured) AS INTEGER) AS measured_tasks,
            array_to_string(list_filter(w.names, lambda name: NOT list_contains(o.measured, name)),
                ', ') AS missing,
            t.model, CASE WHEN t.tasks = w.tasks THEN t.average END AS published,
            t.revision AS published_revision
        FROM ours AS o
        JOIN wanted AS w ON w.board = o.board AND w.type = o.type
        LEFT JOIN known AS t
            -- One equality: a condition on the left side alone would compare every two rows.
            ON t.board = o.board AND t.type = o.type AND t.name = CASE
                WHEN o.pooling = 'native' AND o.whitening = 'none' THEN lower(o.checkpoint) END
    )
    SELECT board, type, checkpoint, checkpoint_digest, pooling, whitening, max_length, dtype,
        prompt, prompt_choice, tasks, measured_tasks, missing, average, model, published,
        average - published AS difference, snapshot, metric, run_id, published_revision
    FROM beside
    """  # noqa: S608 - no input goes in


# Runs of other tasks are left out before they are named and their scores put together.
_OF_BOARDS = f"""(
        WITH of_boards AS MATERIALIZED (
            SELECT * FROM runs WHERE evaluator = 'sts' AND task IN (SELECT task FROM mteb_cells)
        )
        SELECT * FROM ({scores_of(sts_runs_of("of_boards"))})
    )"""  # noqa: S608 - no input goes in

MTEB_AVERAGES = View(
    "mteb_averages",
    "MTEB's mean over the tasks of a type, from our scores: one row for each board, type and"
    " measured setting of a checkpoint, under each of its names.",
    {
        "board": "Name of the board of the benchmark: mteb-eng-v2 for MTEB(eng, v2).",
        "type": "MTEB's type of the tasks: STS or PairClassification.",
        **_SETTING,
        "prompt": "Prompt put before every sentence of all these tasks; NULL where tasks differ.",
        "prompt_choice": "The plan's choice of these prompts, several separated by commas:"
        " declared, none, mteb, name: …, or texts by task as JSON; NULL: a text of the plan's own,"
        " or runs from before choices were kept.",
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
    averages_of(_OF_BOARDS),
)

VIEWS = (MTEB_SCORES, MTEB_CELLS, MTEB_AVERAGES)
