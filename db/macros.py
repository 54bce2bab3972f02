"""SQL macros that live in the store, so that any DuckDB client has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Macro:
    """A macro.

    Attributes:
        name: Its name.
        parameters: Its parameters.
        text: What it returns.
        sql: Its body: an expression, or TABLE and a query.
    """

    name: str
    parameters: tuple[str, ...]
    text: str
    sql: str


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

# The treatment `per-task`, as `evaluators.averaging` has it, whose answer is the one that counts:
# main metrics alone, in one unit; a task's metrics share its weight and a task's sub-splits the
# task's; a row with a gap or a suspect cell has no score; scores closer than a billionth of the
# unit are tied, so that rounding decides no rank.
RERANK = Macro(
    "rerank",
    ("board_name", "snapshot_name", "p"),
    "Ranks a leaderboard snapshot under the power mean p, treatment per-task: a convenience for"
    " any p; the ranks that count are in the view ranks.",
    """TABLE
    WITH chosen AS (
        SELECT board_id FROM current_boards
        WHERE board = board_name AND snapshot = snapshot_name
    ), parts AS (
        SELECT c.position, coalesce(c.split_of, c.task) AS part, c.task,
            coalesce(c.unit_max, 100) AS unit, c.higher_is_better
        FROM leaderboard_columns AS c JOIN chosen ON chosen.board_id = c.board_id
        WHERE c.role = 'main'
    ), weights AS (
        SELECT position, part, unit, max(unit) OVER () AS whole,
            1 / (count(DISTINCT task) OVER (PARTITION BY part)
                * count(*) OVER (PARTITION BY part, task)) AS weight
        FROM parts
        WHERE (SELECT bool_and(higher_is_better) FROM parts)
    ), tasks AS (
        SELECT m.position, m.model, m.is_human, w.part, any_value(w.whole) AS whole,
            CASE WHEN count(x.value) = count(*)
                THEN sum(x.value * w.whole / w.unit * w.weight) / sum(w.weight) END AS value
        FROM leaderboard_rows AS m
        JOIN chosen ON chosen.board_id = m.board_id
        CROSS JOIN weights AS w
        LEFT JOIN leaderboard_cells AS x ON x.board_id = m.board_id
            AND x.model_position = m.position AND x.column_position = w.position
            AND NOT x.suspect
        GROUP BY m.position, m.model, m.is_human, w.part
    ), lists AS (
        SELECT position, model, is_human, any_value(whole) AS whole,
            list(value ORDER BY part) AS numbers
        FROM tasks GROUP BY position, model, is_human
    ), means AS (
        SELECT position, model, is_human, whole, power_mean(numbers, p) AS score FROM lists
    ), places AS (
        SELECT position, CASE WHEN lag(score) OVER best - score <= whole * 1e-9 THEN NULL
            ELSE row_number() OVER best END AS place, row_number() OVER best AS line
        FROM means WHERE score IS NOT NULL
        WINDOW best AS (ORDER BY score DESC, position)
    )
    SELECT m.model, m.is_human, m.score,
        CASE WHEN m.score IS NOT NULL THEN CAST(max(k.place) OVER (
            ORDER BY k.line NULLS LAST ROWS UNBOUNDED PRECEDING) AS INTEGER) END AS rank,
        m.position
    FROM means AS m LEFT JOIN places AS k ON k.position = m.position
    ORDER BY k.line NULLS LAST, m.position
    """,
)

MACROS: tuple[Macro, ...] = (_EXPM1, _LOG1P, _POWER_MEAN_OF, POWER_MEAN, RERANK)
