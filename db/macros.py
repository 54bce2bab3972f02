"""SQL macros stored in the database, so that any DuckDB client can use them."""

from __future__ import annotations

from db.macro import Macro
from db.rerank import RERANK

# Every branch is free of errors by itself, whatever order the engine evaluates them in: ln sees
# only positive numbers, and doubles overflow to infinity.  Terms are taken relative to the
# largest (p > 0) or smallest (p < 0) number, and exp(x) - 1 and ln(1 + x) are the forms that
# keep their digits near 0 (Kahan), so that exponents of any size are stable.
POWER_MEAN = Macro(
    "power_mean",
    ("xs", "p"),
    "Power mean of a list: p = 1, 0, -1 are the arithmetic, geometric, harmonic mean. NULL if an"
    " element is NULL or not finite, for p <= 0 if one is <= 0, for other p but 1 if one is < 0.",
    """
    power_mean_of(
        TRY_CAST(xs AS DOUBLE[]),
        TRY_CAST(p AS DOUBLE),
        CASE WHEN TRY_CAST(p AS DOUBLE) > 0
            THEN list_max(TRY_CAST(xs AS DOUBLE[])) ELSE list_min(TRY_CAST(xs AS DOUBLE[])) END
    )
    """,
)

_POWER_MEAN_OF = Macro(
    "power_mean_of",
    ("numbers", "exponent", "extreme"),
    "The arithmetic behind power_mean: not for direct use.",
    """
    CASE
        WHEN numbers IS NULL OR exponent IS NULL OR isnan(exponent) OR len(numbers) = 0 THEN NULL
        WHEN list_count(numbers) < len(numbers) THEN NULL
        WHEN list_count(list_filter(numbers, lambda x: isfinite(x))) < len(numbers) THEN NULL
        WHEN exponent = 1 THEN list_avg(numbers)
        WHEN exponent <= 0 AND list_min(numbers) <= 0 THEN NULL
        WHEN list_min(numbers) < 0 THEN NULL
        WHEN isinf(exponent) OR extreme = 0 THEN extreme
        WHEN abs(exponent) < 1e-100 AND list_min(numbers) = 0 THEN 0
        WHEN abs(exponent) < 1e-100 THEN exp(list_avg(list_transform(numbers,
            lambda x: ln(CASE WHEN x > 0 THEN x ELSE 1 END))))
        WHEN exponent = -1 THEN extreme / list_avg(list_transform(numbers,
            lambda x: extreme / x))
        ELSE extreme * exp(power_mean_log1p(list_avg(list_transform(numbers,
            lambda x: CASE WHEN x <= 0 THEN -1 ELSE power_mean_expm1(exponent
                * (ln(CASE WHEN x > 0 THEN x ELSE 1 END)
                    - ln(CASE WHEN extreme > 0 THEN extreme ELSE 1 END))) END))) / exponent)
    END
    """,
)

_EXPM1 = Macro(
    "power_mean_expm1",
    ("t",),
    "exp(t) - 1 for t <= 0 without loss of digits near 0: not for direct use.",
    """
    CASE WHEN t < -1 THEN exp(t) - 1
        WHEN exp(t) = 1 THEN t
        ELSE (exp(t) - 1) * t / ln(greatest(exp(t), 0.3)) END
    """,
)

_LOG1P = Macro(
    "power_mean_log1p",
    ("u",),
    "ln(1 + u) for u > -1 without loss of digits near 0: not for direct use.",
    """
    CASE WHEN 1 + u = 1 THEN u
        ELSE ln(CASE WHEN u > -1 THEN 1 + u ELSE 1 END) * u / ((1 + u) - 1) END
    """,
)

_WEIGHTED_POWER_MEAN = Macro(
    "weighted_power_mean",
    ("xs", "ws", "p"),
    "Power mean of a list with weights, those of a second list: (sum w x^p / sum w)^(1/p). NULL"
    " where power_mean is, and if the lists differ in length or a weight is not a number above 0.",
    """
    weighted_power_mean_of(
        list_zip(TRY_CAST(xs AS DOUBLE[]), TRY_CAST(ws AS DOUBLE[])),
        list_sum(TRY_CAST(ws AS DOUBLE[])),
        TRY_CAST(p AS DOUBLE),
        CASE WHEN TRY_CAST(p AS DOUBLE) > 0
            THEN list_max(TRY_CAST(xs AS DOUBLE[])) ELSE list_min(TRY_CAST(xs AS DOUBLE[])) END,
        list_min(TRY_CAST(xs AS DOUBLE[]))
    )
    """,
)

_WEIGHTED_POWER_MEAN_OF = Macro(
    "weighted_power_mean_of",
    ("pairs", "total", "exponent", "extreme", "lowest"),
    "The arithmetic behind weighted_power_mean: not for direct use.",
    """
    CASE
        WHEN pairs IS NULL OR exponent IS NULL OR isnan(exponent) OR len(pairs) = 0 THEN NULL
        WHEN len(list_filter(pairs, lambda x: isfinite(x[1]) AND isfinite(x[2]) AND x[2] > 0))
            < len(pairs) THEN NULL
        WHEN exponent = 1
            THEN list_sum(list_transform(pairs, lambda x: x[1] * x[2])) / total
        WHEN exponent <= 0 AND lowest <= 0 THEN NULL
        WHEN lowest < 0 THEN NULL
        WHEN isinf(exponent) OR extreme = 0 THEN extreme
        WHEN abs(exponent) < 1e-100 AND lowest = 0 THEN 0
        WHEN abs(exponent) < 1e-100 THEN exp(list_sum(list_transform(pairs,
            lambda x: x[2] * ln(CASE WHEN x[1] > 0 THEN x[1] ELSE 1 END))) / total)
        WHEN exponent = -1 THEN extreme / (list_sum(list_transform(pairs,
            lambda x: x[2] * (extreme / x[1]))) / total)
        ELSE extreme * exp(power_mean_log1p(list_sum(list_transform(pairs,
            lambda x: x[2] * CASE WHEN x[1] <= 0 THEN -1 ELSE power_mean_expm1(exponent
                * (ln(CASE WHEN x[1] > 0 THEN x[1] ELSE 1 END)
                    - ln(CASE WHEN extreme > 0 THEN extreme ELSE 1 END))) END)) / total)
            / exponent)
    END
    """,
)

# What `evaluators.averaging.pareto.front_of` finds; a test holds the two together. A model is on
# the front if none at most as large has a better rank, and none of its rank is smaller.
PARETO = Macro(
    "pareto",
    (
        "board_name",
        "treatment_name",
        "mean_name",
        "fact_name := 'parameters'",
        "snapshot_name := ''",
    ),
    "The models that no other is both at most as large and better than, on the latest snapshot or"
    " the one named: size is parameters, active_parameters, dimensions or context_tokens (of which"
    " more is better).",
    """TABLE
    WITH chosen AS (
        SELECT board, snapshot FROM current_boards
        WHERE board = board_name AND (snapshot_name = '' OR snapshot = snapshot_name)
        ORDER BY snapshot DESC LIMIT 1
    ), asked AS (
        SELECT fact_name AS fact, (SELECT snapshot FROM chosen) AS snapshot
        WHERE CASE
            WHEN fact_name NOT IN ('parameters', 'active_parameters', 'dimensions',
                'context_tokens')
            THEN error('pareto knows the sizes parameters, active_parameters, dimensions and'
                || ' context_tokens, not ' || fact_name)
            WHEN NOT EXISTS (FROM chosen)
            THEN error('no leaderboard ' || board_name || ' ' || snapshot_name
                || ' is in the store: SELECT board, snapshot FROM current_boards lists them')
            WHEN NOT EXISTS (
                SELECT 1 FROM ranks AS k JOIN chosen AS c
                    ON k.board = c.board AND k.snapshot = c.snapshot
                WHERE k.treatment = treatment_name AND k.mean = mean_name
            ) THEN error('the store has no ranks of ' || board_name || ' under '
                || treatment_name || ' and the mean ' || mean_name
                || ': SELECT DISTINCT treatment, mean FROM ranks lists them')
            ELSE true END
    ), sized AS (
        SELECT k.model, k.is_human, f.number AS size, k.score, k.rank, k.model_position,
            CASE WHEN a.fact = 'context_tokens' THEN -f.number ELSE f.number END AS cost
        FROM asked AS a
        JOIN ranks AS k ON k.board = board_name AND k.snapshot = a.snapshot
        JOIN model_facts AS f ON f.board = k.board AND f.snapshot = k.snapshot
            AND f.model_position = k.model_position AND f.fact = a.fact
        WHERE k.treatment = treatment_name AND k.mean = mean_name AND k.rank IS NOT NULL
    ), front AS (
        SELECT * FROM sized
        QUALIFY rank = min(rank) OVER (ORDER BY cost RANGE UNBOUNDED PRECEDING)
            AND cost = min(cost) OVER (PARTITION BY rank)
    )
    SELECT model, is_human, size, score, rank, model_position FROM front
    ORDER BY cost, model_position
    """,
)

MACROS: tuple[Macro, ...] = (
    _EXPM1,
    _LOG1P,
    _POWER_MEAN_OF,
    POWER_MEAN,
    _WEIGHTED_POWER_MEAN_OF,
    _WEIGHTED_POWER_MEAN,
    RERANK,
    PARETO,
)
"""All macros, each after those that it uses."""
