"""Rank a leaderboard in SQL, under any treatment, exponent and selection of tasks."""

from __future__ import annotations

from db.macro import Macro

# The treatment `per-task`, as `evaluators.averaging` has it, whose answer is the one that counts:
# main metrics alone, in one unit; a task's metrics share its weight and a task's sub-splits the
# task's; a row with a gap or a suspect cell has no score; scores closer than a billionth of the
# unit are tied, so that rounding decides no rank.
# Step by step what `evaluators.averaging.treat` and `rank` do; a test holds the two together under
# every treatment but the mixed ones, which treat rows differently and so are Python's alone.
# DuckLake 1.5.5 keeps no macro whose default is a list or a map, and then opens no more: the
# defaults are texts that become them.
RERANK = Macro(
    "rerank",
    (
        "board_name",
        "treatment_name",
        "p",
        "snapshot_name := ''",
        "tasks := '[]'",
        "without := '[]'",
        "types := '[]'",
        "languages := '[]'",
        "weights := '{}'",
    ),
    "Ranks a leaderboard under a treatment and the power mean p, on the latest snapshot or the one"
    " named: a convenience for any p; the ranks that count are in the view ranks. Lists say which"
    " tasks count (by column, task or whole task), which do not, and which types and languages"
    " (ISO 639-3) do; MAP {'RTE': 2} weights tasks or types.",
    """TABLE
    WITH asked AS (
        SELECT string_split(treatment_name, '+') AS words, CAST(tasks AS VARCHAR[]) AS only_tasks,
            CAST(without AS VARCHAR[]) AS left_out, CAST(types AS VARCHAR[]) AS only_types,
            CAST(languages AS VARCHAR[]) AS only_languages,
            CAST(weights AS MAP(VARCHAR, DOUBLE)) AS by_name
    ), chosen AS (
        SELECT board_id FROM current_boards
        WHERE board = board_name AND (snapshot_name = '' OR snapshot = snapshot_name)
        ORDER BY snapshot DESC LIMIT 1
    ), named AS (
        SELECT c.*, list_filter([c.column_name, c.task, c.split_of], lambda x: x IS NOT NULL)
                AS names,
            coalesce(string_split(c.languages, ','), []) AS spoken,
            coalesce(a.by_name[c.column_name], a.by_name[c.task], a.by_name[c.split_of])
                AS own_weight,
            a.by_name[c.type] AS type_weight
        FROM leaderboard_columns AS c
        JOIN chosen ON chosen.board_id = c.board_id CROSS JOIN asked AS a
    ), known AS (
        SELECT flatten(list(names)) AS names, list(type) FILTER (type IS NOT NULL) AS types,
            flatten(list(spoken)) AS languages,
            flatten(list(names) FILTER (type IS NOT NULL)) AS typed_names
        FROM named
    ), selected AS (
        SELECT c.*, CASE WHEN list_contains(a.words, 'by-type') THEN coalesce(c.own_weight, 1)
            ELSE coalesce(c.own_weight, c.type_weight, 1) END AS own
        FROM named AS c CROSS JOIN asked AS a
        WHERE (len(a.only_tasks) = 0 OR list_has_any(c.names, a.only_tasks))
            AND NOT list_has_any(c.names, a.left_out)
            AND (len(a.only_types) = 0 OR coalesce(list_contains(a.only_types, c.type), false))
            AND (len(a.only_languages) = 0 OR list_has_any(c.spoken, a.only_languages))
    ), counting AS (
        SELECT c.* FROM selected AS c CROSS JOIN asked AS a
        WHERE c.own > 0
            AND (NOT list_contains(a.words, 'by-type') OR coalesce(c.type_weight, 1) > 0)
    ), treatment AS (
        SELECT words[1] AS base, list_contains(words, 'diagnostics') AS diagnostics,
            list_contains(words, 'splits-twice') AS twice,
            list_contains(words, 'drop-column') AS dropping,
            list_contains(words, 'available-only') OR list_contains(words, 'any-available')
                AS available, list_contains(words, 'available-only') AS mostly,
            list_contains(words, 'shift') AS shifted, list_contains(words, 'floor') AS floored,
            list_contains(words, 'as-printed') AS printed,
            list_contains(words, 'complement') AS complement,
            list_contains(words, 'inverse') AS inverse,
            list_contains(words, 'by-type') AS by_type, len(map_keys(by_name)) > 0 AS weighted
        FROM asked CROSS JOIN known
        WHERE CASE WHEN NOT EXISTS (
                SELECT 1 FROM current_boards
                WHERE board = board_name AND (snapshot_name = '' OR snapshot = snapshot_name)
            ) THEN error('no leaderboard ' || board_name || ' ' || snapshot_name
                || ' is in the store: SELECT board, snapshot FROM current_boards lists them')
            WHEN words[1] IN ('per-task', 'per-metric', 'main-metric')
            AND list_has_all(['diagnostics', 'splits-twice', 'drop-column', 'available-only',
                'any-available', 'shift', 'floor', 'as-printed', 'complement', 'inverse',
                'by-type'], words[2:]) THEN CASE
                WHEN len(list_filter(only_tasks || left_out,
                    lambda x: NOT list_contains(known.names, x))) > 0
                THEN error('no task ' || list_filter(only_tasks || left_out,
                    lambda x: NOT list_contains(known.names, x))[1] || ' on ' || board_name
                    || ': SELECT column_name, task FROM leaderboard_columns lists them')
                WHEN len(only_types) > 0 AND known.types IS NULL
                THEN error(board_name || ': its tasks have no types to choose by')
                WHEN NOT list_has_all(coalesce(known.types, []), only_types)
                THEN error('no type ' || list_filter(only_types,
                    lambda x: NOT list_contains(known.types, x))[1] || ' on ' || board_name
                    || ', which has '
                    || array_to_string(list_sort(list_distinct(known.types)), ', '))
                WHEN NOT list_has_all(known.names || coalesce(known.types, []), map_keys(by_name))
                THEN error('no task or type ' || list_filter(map_keys(by_name),
                    lambda x: NOT list_contains(known.names || coalesce(known.types, []), x))[1]
                    || ' on ' || board_name)
                WHEN len(list_filter(map_values(by_name),
                    lambda x: coalesce(isfinite(x) AND x >= 0, false))) < len(map_values(by_name))
                THEN error('every weight must be a number of at least 0')
                WHEN EXISTS (SELECT 1 FROM named AS c CROSS JOIN asked AS a
                    WHERE c.type_weight IS NOT NULL AND NOT list_contains(c.names, c.type)
                        AND list_contains(known.names, c.type))
                THEN error('a weight names both a task and a type of ' || board_name)
                WHEN len(only_languages) > 0 AND len(known.languages) = 0
                THEN error(board_name || ': its tasks have no languages to choose by')
                WHEN NOT list_has_all(known.languages, only_languages)
                THEN error('no language ' || list_filter(only_languages,
                    lambda x: NOT list_contains(known.languages, x))[1] || ' on ' || board_name
                    || ', whose tasks are in '
                    || array_to_string(list_sort(list_distinct(known.languages)), ', '))
                WHEN NOT EXISTS (SELECT 1 FROM selected)
                THEN error(board_name || ': no task is left')
                WHEN NOT EXISTS (SELECT 1 FROM counting)
                THEN error(board_name || ': every weight is 0')
                WHEN NOT EXISTS (SELECT 1 FROM counting
                    WHERE role = 'main' OR list_contains(words, 'diagnostics'))
                THEN error(board_name || ': no column is left to rank by')
                ELSE true END
            ELSE error('rerank knows per-task, per-metric, main-metric, each with +diagnostics,'
                || ' +splits-twice, +drop-column, +available-only, +any-available, +complement,'
                || ' +inverse, +shift, +floor, +as-printed, +by-type;'
                || ' others: rankcheck rank --treatment') END
    ), counted AS (
        SELECT c.position, c.column_name, c.task, c.metric, c.role, c.higher_is_better,
            CASE WHEN NOT t.by_type THEN '' WHEN c.type IS NULL
                THEN error('by-type needs one type for each task, and ' || c.column_name
                    || ' has none') ELSE c.type END AS type,
            CASE WHEN c.higher_is_better THEN coalesce(c.unit_max, 100) ELSE c.unit_max END
                AS unit, t.base, c.own, c.type_weight,
            NOT t.twice AND c.split_of IS NOT NULL AS together,
            CASE WHEN NOT t.twice THEN coalesce(c.split_of, c.task) ELSE c.task END AS part
        FROM counting AS c CROSS JOIN treatment AS t
        WHERE c.role = 'main' OR t.diagnostics
        QUALIFY t.base <> 'main-metric'
            OR row_number() OVER (PARTITION BY c.task ORDER BY c.position) = 1
    ), grouped AS (
        SELECT position, column_name, task, type, unit, higher_is_better, own, type_weight,
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
    ), shares AS (
        SELECT position, part, type, unit, higher_is_better,
            coalesce(max(unit) OVER (), 1) AS whole,
            CASE WHEN min(own) OVER (PARTITION BY part) = max(own) OVER (PARTITION BY part) THEN own
                ELSE error(column_name || ' and other columns count as one and must weigh the same:'
                    || ' give the task the weight') END AS own, type_weight,
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
        JOIN shares AS w ON w.position = x.column_position CROSS JOIN treatment AS t
        WHERE t.printed OR NOT x.suspect
    ), parts AS (
        SELECT m.position, m.model, m.is_human, w.part, any_value(w.whole) AS whole,
            any_value(w.type) AS type, any_value(w.own) AS own,
            coalesce(any_value(w.type_weight), 1) AS type_weight,
            CASE WHEN count(x.value) = count(*) OR (any_value(t.available) AND count(x.value) > 0)
                THEN sum(x.value * w.weight)
                    / sum(w.weight) FILTER (WHERE x.value IS NOT NULL) END AS value
        FROM leaderboard_rows AS m
        JOIN chosen ON chosen.board_id = m.board_id
        CROSS JOIN shares AS w CROSS JOIN treatment AS t
        LEFT JOIN turned AS x
            ON x.model_position = m.position AND x.column_position = w.position
        GROUP BY m.position, m.model, m.is_human, w.part
    ), whole_parts AS (
        SELECT n.*, NOT t.mostly OR count(n.value) OVER (PARTITION BY n.position)
                >= 0.8 * count(*) OVER (PARTITION BY n.position) - 1e-9 AS enough
        FROM parts AS n CROSS JOIN treatment AS t
        QUALIFY NOT t.dropping
            OR count(n.value) OVER (PARTITION BY n.part) = count(*) OVER (PARTITION BY n.part)
    ), nested AS (
        SELECT n.position, n.model, n.is_human, any_value(n.whole) AS whole,
            CASE WHEN t.by_type THEN n.type ELSE n.part END AS part,
            CASE WHEN count(n.value) = count(*) OR (any_value(t.available) AND count(n.value) > 0)
                THEN CASE WHEN any_value(t.by_type AND t.weighted) THEN sum(n.value * n.own)
                    / sum(n.own) FILTER (WHERE n.value IS NOT NULL) ELSE avg(n.value) END
                END AS value,
            any_value(CASE WHEN t.by_type THEN n.type_weight ELSE n.own END) AS weight,
            any_value(n.enough) AS enough
        FROM whole_parts AS n CROSS JOIN treatment AS t GROUP BY ALL
    ), kept AS (
        SELECT n.position, n.model, n.is_human, n.part, n.whole, n.weight, t.weighted, n.enough,
            CASE WHEN t.floored AND n.value < 0.01 * n.whole THEN 0.01 * n.whole
                WHEN t.shifted THEN n.value + n.whole ELSE n.value END AS value,
            t.available, t.dropping, CASE WHEN t.shifted THEN n.whole ELSE 0 END AS added
        FROM nested AS n CROSS JOIN treatment AS t
    ), lists AS (
        SELECT position, model, is_human, any_value(whole) AS whole, any_value(added) AS added,
            CASE WHEN NOT any_value(enough) THEN NULL WHEN any_value(available)
                THEN list(value ORDER BY part) FILTER (WHERE value IS NOT NULL)
                ELSE list(value ORDER BY part) END AS numbers,
            CASE WHEN any_value(weighted) THEN CASE WHEN any_value(available)
                THEN list(weight ORDER BY part) FILTER (WHERE value IS NOT NULL)
                ELSE list(weight ORDER BY part) END END AS by_part
        FROM kept GROUP BY position, model, is_human
    ), extremes AS (
        SELECT *, list_min(numbers) AS lowest,
            CASE WHEN p > 0 THEN list_max(numbers) ELSE list_min(numbers) END AS extreme
        FROM lists
    ), means AS (
        SELECT position, model, is_human, whole,
            -- a constant, so that the way that is not taken is optimized away
            CASE WHEN len(map_keys(CAST(weights AS MAP(VARCHAR, DOUBLE)))) = 0
            THEN power_mean_of(numbers, CAST(p AS DOUBLE), extreme)
            ELSE weighted_power_mean_of(list_zip(numbers, by_part), list_sum(by_part),
                CAST(p AS DOUBLE), extreme, lowest) END - added AS score
        FROM extremes
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
