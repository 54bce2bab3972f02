"""Views of experiments with arms: each arm by seed, and arms compared seed by seed."""

from __future__ import annotations

from evaluators.sql_view import View, half_width, same_as_run

_WHERE = {
    **same_as_run("evaluator", "task"),
    "setting": "All parameters except arm and seed as text; arms of one setting can be compared.",
    "checkpoint": "Name of the checkpoint in the plan; empty where the arms need none.",
    "trained_on": "Task and split of the training set; empty for experiments on generated data.",
}

# A small experiment says arm, setting and seed with each score.  A run of a CLUE task has them in
# its parameters: what is done differently is the arm, all else the setting.
ARM_SCORES = View(
    "arm_scores",
    "One metric of one arm and seed, of the small experiments and of the CLUE tasks.",
    {
        **{name: _WHERE[name] for name in ("evaluator", "task", "setting")},
        "arm": "Variant that is compared; on CLUE tasks `method/head`, with `/can` after CAN.",
        "seed": "Seed of data, initial weights, order and masks; the same for every arm.",
        "metric": "Name of the metric, such as accuracy, mean_kl or update_variance.",
        "value": "Value of the metric; accuracies are from 0 to 1.",
        "n": "Number of examples behind the value.",
        **{name: _WHERE[name] for name in ("checkpoint", "trained_on")},
        **same_as_run("finished_at", "run_id", "checkpoint_digest", "dataset_digest"),
    },
    """
    WITH experiments AS (
        SELECT evaluator, task, json_extract_string(variant, '$.setting') AS setting,
            json_extract_string(variant, '$.arm') AS arm,
            TRY_CAST(json_extract_string(variant, '$.seed') AS BIGINT) AS seed,
            metric, value, n, checkpoint, '' AS trained_on, finished_at, run_id,
            checkpoint_digest, dataset_digest
        FROM latest_scores
        WHERE evaluator <> 'clue' AND contains(variant, '"setting"')
            -- A look at the text first: parsing the JSON of millions of other scores takes longer.
            AND json_extract_string(variant, '$.setting') IS NOT NULL
    ), tasks AS (
        SELECT 'clue' AS evaluator, task, setting,
            nullif(concat_ws('/', nullif(method, ''), nullif(head, ''), nullif(post, 'none')),
                '') AS arm,
            CAST(seed AS BIGINT) AS seed, metric, value, n, checkpoint, trained_on, finished_at,
            run_id, checkpoint_digest, dataset_digest
        FROM clue_scores
    ), every AS (
        SELECT * FROM experiments UNION ALL SELECT * FROM tasks
    )
    SELECT * FROM every
    WHERE arm IS NOT NULL AND seed IS NOT NULL
    -- Jobs that differ in their lists of seeds share some of them: each counts once, the newest.
    QUALIFY row_number() OVER (
        PARTITION BY evaluator, task, setting, arm, seed, metric, checkpoint_digest, trained_on
        ORDER BY finished_at DESC, run_id
    ) = 1
    """,
)

ARM_DIFFERENCES = View(
    "arm_differences",
    "Every two arms of one setting, compared seed by seed.",
    {
        **_WHERE,
        "metric": ARM_SCORES.columns["metric"],
        "arm": ARM_SCORES.columns["arm"],
        "base": "Another arm of the same setting.",
        "difference": "Mean over common seeds of arm minus base.",
        "ci_low": "Lower end of the 95% interval of difference (paired Student's t over seeds). On"
        " CLUE tasks all seeds share the examples, so it says nothing of other examples.",
        "ci_high": "Upper end of the 95% interval of difference.",
        "seeds": "Number of seeds that both have.",
        "arm_mean": "Mean of the arm over the common seeds.",
        "base_mean": "Mean of the base over the common seeds.",
        **same_as_run("checkpoint_digest"),
    },
    f"""
    WITH scores AS MATERIALIZED (
        SELECT * FROM arm_scores
    )
    SELECT a.evaluator, a.task, a.setting, a.checkpoint, a.trained_on, a.metric, a.arm,
        b.arm AS base, avg(a.value - b.value) AS difference,
        avg(a.value - b.value) - {half_width("a.value - b.value")} AS ci_low,
        avg(a.value - b.value) + {half_width("a.value - b.value")} AS ci_high,
        CAST(count(*) AS INTEGER) AS seeds, avg(a.value) AS arm_mean, avg(b.value) AS base_mean,
        a.checkpoint_digest
    FROM scores AS a
    JOIN scores AS b ON b.evaluator = a.evaluator AND b.task = a.task AND b.setting = a.setting
        AND b.checkpoint_digest = a.checkpoint_digest AND b.trained_on = a.trained_on
        AND b.dataset_digest = a.dataset_digest AND b.metric = a.metric AND b.seed = a.seed
        AND b.arm <> a.arm
    GROUP BY ALL
    """,  # noqa: S608 - no input goes in
)

VIEWS = (ARM_SCORES, ARM_DIFFERENCES)
