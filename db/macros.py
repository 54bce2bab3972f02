"""SQL macros stored in the database, so that any DuckDB client can use them."""

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
# Step by step what `evaluators.averaging.treat` and `rank` do; a test holds the two together under
# every treatment but the mixed ones, which treat rows differently and so are Python's alone.
RERANK = Macro(
    "rerank",
    ("board_name", "treatment_name", "p", "snapshot_name := ''"),
    "Ranks a leaderboard under a treatment and the power mean p, on the latest snapshot or the one"
    " named: a convenience for any p; the ranks that count are in the view ranks.",
    """TABLE
    WITH asked AS (
        SELECT string_split(treatment_name, '+') AS words
    ), treatment AS (
        SELECT words[1] AS base, list_contains(words, 'diagnostics') AS diagnostics,
            list_contains(words, 'splits-twice') AS twice,
            list_contains(words, 'drop-column') AS dropping,
            list_contains(words, 'available-only') AS available,
            list_contains(words, 'shift') AS shifted, list_contains(words, 'floor') AS floored,
            list_contains(words, 'as-printed') AS printed,
            list_contains(words, 'complement') AS complement,
            list_contains(words, 'inverse') AS inverse,
            list_contains(words, 'by-type') AS by_type
        FROM asked
        WHERE CASE WHEN NOT EXISTS (
                SELECT 1 FROM current_boards
                WHERE board = board_name AND (snapshot_name = '' OR snapshot = snapshot_name)
            ) THEN error('no leaderboard ' || board_name || ' ' || snapshot_name
                || ' is in the store: SELECT board, snapshot FROM current_boards lists them')
            WHEN words[1] IN ('per-task', 'per-metric', 'main-metric')
            AND list_has_all(['diagnostics', 'splits-twice', 'drop-column', 'available-only',
                'shift', 'floor', 'as-printed', 'complement', 'inverse', 'by-type'], words[2:])
                THEN true
            ELSE error('rerank knows per-task, per-metric, main-metric, each with +diagnostics,'
                || ' +splits-twice, +drop-column, +available-only, +complement, +inverse, +shift,'
                || ' +floor, +as-printed, +by-type;'
                || ' others: rankcheck rank --treatment') END
    ), chosen AS (
        SELECT board_id FROM current_boards
        WHERE board = board_name AND (snapshot_name = '' OR snapshot = snapshot_name)
        ORDER BY snapshot DESC LIMIT 1
    ), counted AS (
        SELECT c.position, c.column_name, c.task, c.metric, c.role, c.higher_is_better,
            CASE WHEN NOT t.by_type THEN '' WHEN c.type IS NULL
                THEN error('by-type needs one type for each task, and ' || c.column_name
                    || ' has none') ELSE c.type END AS type,
            CASE WHEN c.higher_is_better THEN coalesce(c.unit_max, 100) ELSE c.unit_max END
                AS unit, t.base,
            NOT t.twice AND c.split_of IS NOT NULL AS together,
            CASE WHEN NOT t.twice THEN coalesce(c.split_of, c.task) ELSE c.task END AS part
        FROM leaderboard_columns AS c
        JOIN chosen ON chosen.board_id = c.board_id CROSS JOIN treatment AS t
        WHERE c.role = 'main' OR t.diagnostics
        QUALIFY t.base <> 'main-metric'
            OR row_number() OVER (PARTITION BY c.task ORDER BY c.position) = 1
    ), grouped AS (
        SELECT position, task, type, unit, higher_is_better,
            role || chr(31) || part || chr(31) || CASE
            WHEN counted.base <> 'per-metric' THEN '' WHEN together THEN metric ELSE column_name
            END AS part
        FROM counted CROSS JOIN treatment AS t
        WHERE CASE WHEN t.complement AND NOT higher_is_better AND unit IS NULL
            THEN error('nothing bounds ' || column_name || ', so that there is no unit - x: choose'
                || ' +inverse (1/x) in place of +complement')
            WHEN higher_is_better OR t.complement OR t.inverse THEN true
            ELSE error('less is better for ' || column_name || ', which cannot be averaged with'
                || ' scores: choose ' || treatment_name || '+complement (unit - x) or +inverse'
                || ' (1/x)') END
    ), weights AS (
        SELECT position, part, type, unit, higher_is_better,
            coalesce(max(unit) OVER (), 1) AS whole,
            1 / (count(DISTINCT task) OVER (PARTITION BY part)
                * count(*) OVER (PARTITION BY part, task)) AS weight
        FROM grouped
    ), turned AS (
        SELECT x.model_position, x.column_position, CASE
            WHEN w.higher_is_better THEN x.value * w.whole / w.unit
            WHEN t.complement THEN w.whole - x.value * w.whole / w.unit
            WHEN x.value > 0 THEN w.whole / x.value END AS value
        FROM leaderboard_cells AS x
        JOIN chosen ON chosen.board_id = x.board_id
        JOIN weights AS w ON w.position = x.column_position CROSS JOIN treatment AS t
        WHERE t.printed OR NOT x.suspect
    ), parts AS (
        SELECT m.position, m.model, m.is_human, w.part, any_value(w.whole) AS whole,
            any_value(w.type) AS type,
            CASE WHEN count(x.value) = count(*) OR (any_value(t.available) AND count(x.value) > 0)
                THEN sum(x.value * w.weight)
                    / sum(w.weight) FILTER (WHERE x.value IS NOT NULL) END AS value
        FROM leaderboard_rows AS m
        JOIN chosen ON chosen.board_id = m.board_id
        CROSS JOIN weights AS w CROSS JOIN treatment AS t
        LEFT JOIN turned AS x
            ON x.model_position = m.position AND x.column_position = w.position
        GROUP BY m.position, m.model, m.is_human, w.part
    ), whole_parts AS (
        SELECT n.* FROM parts AS n CROSS JOIN treatment AS t
        QUALIFY NOT t.dropping
            OR count(n.value) OVER (PARTITION BY n.part) = count(*) OVER (PARTITION BY n.part)
    ), nested AS (
        SELECT n.position, n.model, n.is_human, any_value(n.whole) AS whole,
            CASE WHEN t.by_type THEN n.type ELSE n.part END AS part,
            CASE WHEN count(n.value) = count(*) OR (any_value(t.available) AND count(n.value) > 0)
                THEN avg(n.value) END AS value
        FROM whole_parts AS n CROSS JOIN treatment AS t GROUP BY ALL
    ), kept AS (
        SELECT n.position, n.model, n.is_human, n.part, n.whole,
            CASE WHEN t.floored AND n.value < 0.01 * n.whole THEN 0.01 * n.whole
                WHEN t.shifted THEN n.value + n.whole ELSE n.value END AS value,
            t.available, t.dropping, CASE WHEN t.shifted THEN n.whole ELSE 0 END AS added
        FROM nested AS n CROSS JOIN treatment AS t
    ), lists AS (
        SELECT position, model, is_human, any_value(whole) AS whole, any_value(added) AS added,
            CASE WHEN any_value(available)
                THEN list(value ORDER BY part) FILTER (WHERE value IS NOT NULL)
                ELSE list(value ORDER BY part) END AS numbers
        FROM kept GROUP BY position, model, is_human
    ), means AS (
        SELECT position, model, is_human, whole, power_mean(numbers, p) - added AS score FROM lists
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
    ORDER BY rank NULLS LAST, m.position
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

MACROS: tuple[Macro, ...] = (_EXPM1, _LOG1P, _POWER_MEAN_OF, POWER_MEAN, RERANK, PARETO)
