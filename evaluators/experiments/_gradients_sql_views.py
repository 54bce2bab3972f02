"""Views of gradient experiments: gradients summed from chunks, and rounding errors."""

from __future__ import annotations

from evaluators.sql_view import View

GRADIENT_ACCUMULATION = View(
    "gradient_accumulation",
    "Distance of a gradient computed in chunks from that of the whole batch, by seed.",
    {
        "way": "Method: plain, cached, cached with dropout (masks replayed or not), surrogate.",
        "batch": "Number of samples of the whole batch.",
        "chunk": "Number of samples of a chunk.",
        "temperature": "Number that cosines are divided by.",
        "seed": "Seed of network, images and dropout.",
        "relative_error": "Norm of the difference over the norm of the whole batch's gradient.",
        "cosine": "Cosine between the two gradients.",
        "finished_at": None,
        "run_id": None,
    },
    """
    WITH cells AS (
        SELECT TRY_CAST(json_extract_string(parameters, '$.batch') AS INTEGER) AS batch,
            TRY_CAST(json_extract_string(parameters, '$.chunk') AS INTEGER) AS chunk,
            TRY_CAST(json_extract_string(parameters, '$.temperature') AS DOUBLE) AS temperature,
            finished_at, run_id
        FROM latest_runs WHERE evaluator = 'gradient_accumulation'
    ), measured AS (
        SELECT json_extract_string(s.variant, '$.way') AS way, c.batch, c.chunk, c.temperature,
            TRY_CAST(json_extract_string(s.variant, '$.seed') AS BIGINT) AS seed,
            max(s.value) FILTER (WHERE s.metric = 'relative_error') AS relative_error,
            max(s.value) FILTER (WHERE s.metric = 'cosine') AS cosine, c.finished_at, c.run_id
        FROM cells AS c JOIN scores AS s ON s.run_id = c.run_id GROUP BY ALL
    )
    SELECT * FROM measured
    QUALIFY row_number() OVER (
        PARTITION BY way, batch, chunk, temperature, seed ORDER BY finished_at DESC, run_id
    ) = 1
    """,
)

GRADIENT_CANCELLATION = View(
    "gradient_cancellation",
    "Rounding error of the gradient of a loss, by loss, dtype, gap and seed.",
    {
        "loss": "Loss: infonce (cross-entropy of a softmax), infonce-log1p, flatnce or dcl.",
        "dtype": "Number format of the arithmetic.",
        "gap": "Positive logit minus the middle of the negatives.",
        "negatives": "Number of negatives of a row.",
        "spread": "Standard deviation of the negatives.",
        "seed": "Seed of the negatives.",
        "relative_error": "Mean over rows of |gradient / exact - 1|; 1 is a gradient of 0.",
        "largest_error": "Largest |gradient / exact - 1| over rows.",
        "below_normal": "Share of rows whose exact gradient is below the dtype's normal numbers.",
        "finished_at": None,
        "run_id": None,
    },
    """
    WITH cells AS (
        SELECT json_extract_string(parameters, '$.dtype') AS dtype,
            TRY_CAST(json_extract_string(parameters, '$.negatives') AS INTEGER) AS negatives,
            TRY_CAST(json_extract_string(parameters, '$.spread') AS DOUBLE) AS spread,
            finished_at, run_id
        FROM latest_runs WHERE evaluator = 'gradient_cancellation'
    ), measured AS (
        SELECT json_extract_string(s.variant, '$.loss') AS loss, c.dtype,
            TRY_CAST(json_extract_string(s.variant, '$.gap') AS DOUBLE) AS gap,
            c.negatives, c.spread,
            TRY_CAST(json_extract_string(s.variant, '$.seed') AS BIGINT) AS seed,
            max(s.value) FILTER (WHERE s.metric = 'relative_error') AS relative_error,
            max(s.value) FILTER (WHERE s.metric = 'largest_error') AS largest_error,
            max(s.value) FILTER (WHERE s.metric = 'below_normal') AS below_normal,
            c.finished_at, c.run_id
        FROM cells AS c JOIN scores AS s ON s.run_id = c.run_id GROUP BY ALL
    )
    SELECT * FROM measured
    QUALIFY row_number() OVER (
        PARTITION BY loss, dtype, gap, negatives, spread, seed ORDER BY finished_at DESC, run_id
    ) = 1
    """,
)

VIEWS = (GRADIENT_ACCUMULATION, GRADIENT_CANCELLATION)
