"""Views of batch sweeps: every cell with its baselines, and arms compared seed by seed."""

from __future__ import annotations

from evaluators.sql_view import View, half_width

_BENCH = {
    "bench": "All settings except arm and batch as text; rows of one bench can be compared.",
    "data": "Images: digits, cifar10 or a folder.",
    "augmentation": "Augmentation of the images: weak, ordinary or simclr.",
    "temperature": "Number that cosines are divided by.",
    "epochs": "Number of training epochs.",
    "rate": "Learning rate of Adam at a batch of 64.",
    "encoder": "Encoder: mlp, resnet or resnet18; for raw pixels, the one they are compared with.",
}
_ARM = {
    "arm": "Loss and its dtype, as loss/dtype; or raw (pixels), random (networks before training).",
    "loss": "Loss: infonce, infonce-log1p, flatnce or dcl; NULL for raw and random.",
    "dtype": "Number format that the loss is computed in; NULL for raw and random.",
    "batch": "Number of samples a step; NULL for raw and random.",
}
_METRIC = "Name of the metric, such as few5, full, neighbours, alignment or gradient_error."

# A seed that was trained in two cells counts once, and so does data that changed: the newest.
BATCH_SWEEP_SEEDS = View(
    "batch_sweep_seeds",
    "Batch sweeps: one metric of one trained network.",
    {
        **_BENCH,
        **_ARM,
        "metric": _METRIC,
        "seed": "Seed of initial weights, order of images and views; the same for every arm.",
        "value": "Value of the metric; accuracies are from 0 to 1.",
        "finished_at": None,
        "run_id": None,
    },
    """
    WITH cells AS (
        SELECT json_extract_string(parameters, '$.data') AS data,
            json_extract_string(parameters, '$.augmentation') AS augmentation,
            TRY_CAST(json_extract_string(parameters, '$.temperature') AS DOUBLE) AS temperature,
            TRY_CAST(json_extract_string(parameters, '$.epochs') AS INTEGER) AS epochs,
            TRY_CAST(json_extract_string(parameters, '$.rate') AS DOUBLE) AS rate,
            coalesce(json_extract_string(parameters, '$.encoder'), 'mlp') AS encoder,
            json_extract_string(parameters, '$.arm') AS arm,
            json_extract_string(parameters, '$.loss') AS loss,
            json_extract_string(parameters, '$.dtype') AS dtype,
            TRY_CAST(json_extract_string(parameters, '$.batch') AS INTEGER) AS batch,
            dataset_digest, finished_at, run_id
        FROM latest_runs WHERE evaluator = 'batch_sweep'
    ), newest AS (
        SELECT data, arg_max(dataset_digest, finished_at) AS dataset_digest
        FROM cells GROUP BY data
    )
    SELECT concat(c.data, ', ', c.augmentation,
            CASE WHEN c.encoder <> 'mlp' THEN concat(', ', c.encoder) END,
            CASE WHEN c.batch IS NOT NULL THEN concat(', temperature ', c.temperature, ', ',
                c.epochs, ' epochs, rate ', c.rate) END) AS bench,
        c.data, c.augmentation, c.temperature, c.epochs, c.rate, c.encoder, c.arm, c.loss, c.dtype,
        c.batch,
        s.metric, TRY_CAST(json_extract_string(s.variant, '$.seed') AS BIGINT) AS seed, s.value,
        c.finished_at, c.run_id
    FROM cells AS c
    JOIN newest AS d ON d.data = c.data AND d.dataset_digest = c.dataset_digest
    JOIN scores AS s ON s.run_id = c.run_id
    WHERE json_extract_string(s.variant, '$.seed') IS NOT NULL
    QUALIFY row_number() OVER (
        PARTITION BY c.data, c.augmentation, c.temperature, c.epochs, c.rate, c.encoder, c.arm,
            c.batch, s.metric, json_extract_string(s.variant, '$.seed')
        ORDER BY c.finished_at DESC, c.run_id
    ) = 1
    """,
)

BATCH_SWEEP = View(
    "batch_sweep",
    "Batch sweeps: each arm and batch size by seed and as a mean, with the baselines.",
    {
        **_BENCH,
        **_ARM,
        "metric": _METRIC,
        "seed": "Seed of the network; NULL for the mean over seeds.",
        "value": "Value of the metric, or its mean; accuracies are from 0 to 1.",
        "ci_low": "Lower end of the 95% interval of the mean over seeds (Student's t).",
        "ci_high": "Upper end of the 95% interval of the mean.",
        "seeds": "Number of seeds behind the row.",
        "raw": "The same metric of raw pixels.",
        "random": "The same metric of the networks before training.",
        "finished_at": None,
        "run_id": "Run behind the row; NULL for the mean over seeds.",
    },
    f"""
    WITH every AS (
        SELECT bench, data, augmentation, temperature, epochs, rate, encoder, arm, loss, dtype,
            batch, metric, seed, value, NULL::DOUBLE AS ci_low, NULL::DOUBLE AS ci_high, 1 AS seeds,
            finished_at, run_id
        FROM batch_sweep_seeds
        UNION ALL
        SELECT bench, data, augmentation, temperature, epochs, rate, encoder, arm, loss, dtype,
            batch, metric, NULL, avg(value), avg(value) - {half_width("value")},
            avg(value) + {half_width("value")}, CAST(count(*) AS INTEGER), NULL, NULL
        FROM batch_sweep_seeds
        GROUP BY bench, data, augmentation, temperature, epochs, rate, encoder, arm, loss, dtype,
            batch, metric
    ), beside AS (
        SELECT data, augmentation, encoder, metric, seed,
            max(value) FILTER (WHERE arm = 'raw') AS raw,
            max(value) FILTER (WHERE arm = 'random') AS random
        FROM every WHERE batch IS NULL GROUP BY ALL
    )
    SELECT e.* EXCLUDE (finished_at, run_id), b.raw, b.random, e.finished_at, e.run_id
    FROM every AS e
    LEFT JOIN beside AS b ON b.data = e.data AND b.augmentation = e.augmentation
        AND b.encoder = e.encoder AND b.metric = e.metric AND b.seed IS NOT DISTINCT FROM e.seed
    """,  # noqa: S608 - no input goes in
)

BATCH_SWEEP_DIFFERENCES = View(
    "batch_sweep_differences",
    "Two arms of a batch sweep, or an arm and a baseline, compared seed by seed.",
    {
        **_BENCH,
        "batch": "Number of samples a step, of both.",
        "metric": _METRIC,
        "arm": "Loss and its dtype, as loss/dtype.",
        "base": "Another arm, or the baseline raw or random.",
        "difference": "Mean over common seeds of arm minus base.",
        "ci_low": "Lower end of the 95% interval of difference (paired Student's t).",
        "ci_high": "Upper end of the 95% interval of difference.",
        "seeds": "Number of seeds that both have.",
        "arm_mean": "Mean of the arm over the common seeds.",
        "base_mean": "Mean of the base over the common seeds.",
    },
    f"""
    SELECT a.bench, a.data, a.augmentation, a.temperature, a.epochs, a.rate, a.encoder,
        a.batch, a.metric, a.arm, b.arm AS base, avg(a.value - b.value) AS difference,
        avg(a.value - b.value) - {half_width("a.value - b.value")} AS ci_low,
        avg(a.value - b.value) + {half_width("a.value - b.value")} AS ci_high,
        CAST(count(*) AS INTEGER) AS seeds, avg(a.value) AS arm_mean, avg(b.value) AS base_mean
    FROM batch_sweep_seeds AS a
    JOIN batch_sweep_seeds AS b ON b.data = a.data AND b.augmentation = a.augmentation
        AND b.encoder = a.encoder AND b.metric = a.metric AND b.seed = a.seed
        AND (b.batch IS NULL OR (b.bench = a.bench AND b.batch = a.batch AND b.arm <> a.arm))
    WHERE a.batch IS NOT NULL
    GROUP BY ALL
    """,  # noqa: S608 - no input goes in
)

VIEWS = (BATCH_SWEEP_SEEDS, BATCH_SWEEP, BATCH_SWEEP_DIFFERENCES)
