"""Write what the page of a board shows as queries, for the page SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from dashboard.leaderboards.rank_words import short
from dashboard.leaderboards.view import View
from evaluators.averaging import MEANS, TREATMENTS
from evaluators.sql_view import text_literal

_RANKS = """\
SELECT rank, model, submitted_by, score
FROM ranks
WHERE board = {board} AND snapshot = {snapshot} AND treatment = {treatment} AND mean = {mean}
    AND rank IS NOT NULL
ORDER BY rank, model_position"""

_RERANKED = """\
SELECT rank, model, score
FROM {reranked}
WHERE rank IS NOT NULL
ORDER BY rank, position"""

_CELLS = """\
SELECT model, column_name, task, metric, value
FROM leaderboard_long
WHERE board = {board} AND snapshot = {snapshot}
    AND column_name IN ({columns})
ORDER BY model_position, column_position"""

_MEANS = """\
SELECT r0.model, {ranks}
FROM {first} AS r0
{others}
WHERE r0.position IN ({positions})
ORDER BY {order}, r0.position"""

_JOINED = "JOIN {reranked} AS r{i} ON r{i}.position = r0.position"

_SCORES = """\
WITH own AS (
    SELECT x.model_position, m.model, c.type, coalesce(c.split_of, c.task) AS task,
        c.task AS part, avg({times}x.value) AS value, min(c.position) AS place
    FROM current_boards AS b
    JOIN leaderboard_cells AS x ON x.board_id = b.board_id
    JOIN leaderboard_columns AS c ON c.board_id = b.board_id AND c.position = x.column_position
    JOIN leaderboard_rows AS m ON m.board_id = b.board_id AND m.position = x.model_position
    WHERE b.board = {board} AND b.snapshot = {snapshot} AND c.role = 'main' AND NOT x.suspect
        AND c.column_name IN ({columns}) AND x.model_position IN ({positions})
    GROUP BY ALL
), tasks AS (
    SELECT model_position, model, any_value(type) AS type, task, avg(value) AS score,
        min(place) AS place
    FROM own GROUP BY model_position, model, task
)
{question}"""

_BY_TASK = "SELECT model, task, score FROM tasks ORDER BY model_position, place"
_BY_TYPE = """\
SELECT model, type, avg(score) AS score FROM tasks
GROUP BY model_position, model, type ORDER BY model_position, min(place)"""
_PAIR = """\
SELECT a.task, a.score AS first, b.score AS second, a.score - b.score AS difference
FROM tasks AS a JOIN tasks AS b ON b.task = a.task AND b.model_position = {second}
WHERE a.model_position = {first}
ORDER BY difference DESC, a.place"""

_WITHOUT = """\
WITH ranked AS (
    SELECT position FROM {whole} WHERE rank IS NOT NULL
), left_out AS (
    {each}
)
-- Scores closer than a billionth of the unit are tied.
SELECT without, model,
    CAST(rank() OVER (PARTITION BY without ORDER BY round(score, 8) DESC) AS INTEGER) AS rank
FROM left_out WHERE position IN (SELECT position FROM ranked)
QUALIFY position IN ({positions})
ORDER BY without, rank, position"""

_ONE_WITHOUT = "SELECT {task} AS without, * FROM {reranked}"

_PLACE = """\
SELECT {board} AS board, {snapshot} AS snapshot, model, rank, {times}score AS score
FROM {reranked} WHERE position = {position}"""

_BY_EXPONENT = """\
WITH ranked AS (
    {each}
)
SELECT p, model, rank, {times}score AS score FROM ranked
WHERE rank IS NOT NULL AND position IN ({positions})
ORDER BY p DESC, rank, position"""

_ONE_EXPONENT = "SELECT CAST({p} AS DOUBLE) AS p, * FROM {reranked}"

_SNAPSHOTS = """\
SELECT snapshot, count(rank) AS ranked, count(*) AS models,
    first(model ORDER BY rank, model_position) FILTER (WHERE rank = 1) AS leader,
    max(score) AS score, min(rank) FILTER (WHERE is_human) AS human
FROM ranks
WHERE board = {board} AND treatment = {treatment} AND mean = {mean}
GROUP BY snapshot
ORDER BY snapshot DESC LIMIT {most}"""

_STEPS = """\
SELECT f.text AS run, s.number AS step, {value} AS score
FROM {source}
JOIN current_boards AS b ON b.board = {board} AND b.snapshot = {snapshot}
JOIN leaderboard_facts AS f ON f.board_id = b.board_id AND f.fact = 'trajectory'
    AND f.model_position = {position}
JOIN leaderboard_facts AS s ON s.board_id = b.board_id AND s.fact = 'step'
    AND s.model_position = {position}
WHERE f.text IN ({runs}) AND {value} IS NOT NULL{more}
ORDER BY run, step"""

_LONGEST = 6_000  # characters: a query goes into a link


def board_sql(view: View) -> str:
    """Return the query of a board's ranks, or of the scores behind them.

    The store has the ranks of whole boards under the three means; the macro `rerank` gives those
    of any other exponent, treatment or choice of tasks. Ranks among some of the models, and under
    a mixed treatment, are computed when somebody looks: their query has the scores that count.
    """
    if is_stored(view):
        return _RANKS.format(**_names(view))
    reranked = _reranked(view)
    if reranked is not None:
        return _RERANKED.format(reranked=reranked)
    return _CELLS.format(**_names(view), columns=_texts(c.name for c in view.board.columns))


def means_sql(view: View, positions: Iterable[int]) -> str | None:
    """Return the query of some models' ranks under each mean; None where no query can say them."""
    reranked = [_reranked(view, p) for p in view.exponents]
    if None in reranked or not reranked:
        return None
    first, *rest = [text for text in reranked if text is not None]
    names = [f'r{i}.rank AS "{short(mean)}"' for i, mean in enumerate(view.means)]
    others = [_JOINED.format(i=i, reranked=text) for i, text in enumerate(rest, 1)]
    return _MEANS.format(
        first=first,
        others="\n".join(others),
        ranks=", ".join(names),
        positions=_numbers(positions),
        order=f"r{view.exponents.index(view.ranking.p)}.rank",
    )


def heat_sql(
    view: View, columns: Sequence[str], positions: Iterable[int], *, types: bool
) -> str | None:
    """Return the query of some models' scores by task or type.

    Args:
        view: Board, treatment and mean.
        columns: Names of the board's columns that are shown.
        positions: The models.
        types: Whether scores are averaged by type.
    """
    if not _plain(view):
        return None
    return _SCORES.format(
        **_cells(view, columns),
        positions=_numbers(positions),
        question=_BY_TYPE if types else _BY_TASK,
    )


def pair_sql(view: View, columns: Sequence[str], first: int, second: int) -> str | None:
    """Return the query of two models' scores, task by task."""
    if not _plain(view):
        return None
    return _SCORES.format(
        **_cells(view, columns),
        positions=_numbers((first, second)),
        question=_PAIR.format(first=first, second=second),
    )


def places_sql(places: Iterable[tuple[View, int]]) -> str | None:
    """Return the query of where a model stands on several boards, each with its position there."""
    each = [
        _PLACE.format(**_names(view), times=_times(view), reranked=reranked, position=position)
        for view, position in places
        if (reranked := _reranked(view)) is not None
    ]
    sql = "\nUNION ALL BY NAME\n".join(each)
    return sql if 0 < len(sql) <= _LONGEST else None


def without_sql(view: View, tasks: Sequence[str], positions: Iterable[int]) -> str | None:
    """Return the query of some models' ranks without each of some tasks."""
    whole = _reranked(view)
    if whole is None or len(view.ranking.columns) < 2:
        return None
    each = "\n    UNION ALL BY NAME ".join(
        _ONE_WITHOUT.format(task=text_literal(task), reranked=_reranked(view, without=task))
        for task in tasks
    )
    sql = _WITHOUT.format(whole=whole, each=each, positions=_numbers(positions))
    return sql if len(sql) <= _LONGEST else None


def exponents_sql(view: View, exponents: Iterable[float], positions: Iterable[int]) -> str | None:
    """Return the query of some models' ranks and scores under several exponents."""
    reranked = [(p, text) for p in exponents if (text := _reranked(view, p)) is not None]
    each = "\n    UNION ALL BY NAME ".join(
        _ONE_EXPONENT.format(p=repr(p), reranked=text) for p, text in reranked
    )
    sql = _BY_EXPONENT.format(each=each, times=_times(view), positions=_numbers(positions))
    return sql if reranked and len(sql) <= _LONGEST else None


def snapshots_sql(view: View, most: int) -> str | None:
    """Return the query of who is first in each of the newest snapshots."""
    return _SNAPSHOTS.format(**_names(view), most=most) if is_stored(view) else None


def steps_sql(view: View, task: str | None, runs: Iterable[str]) -> str | None:
    """Return the query of training runs' scores by step, of one task or of the mean.

    Args:
        view: Board, treatment and mean.
        task: The task; None for the mean.
        runs: The training runs.
    """
    names = {**_names(view), "runs": _texts(runs)}
    if task is not None:
        columns = columns_of(view, [task])
        if len(columns) != 1 or not _plain(view):
            return None
        (column,) = columns
        more = f" AND x.board = {names['board']} AND x.snapshot = {names['snapshot']}"
        return _STEPS.format(
            **names,
            source="leaderboard_long AS x",
            position="x.model_position",
            value="x.value",
            more=f"{more}\n    AND x.column_name = {text_literal(column)} AND NOT x.suspect",
        )
    source = _reranked(view)
    if source is None:
        return None
    return _STEPS.format(
        **names, source=f"{source} AS r", position="r.position", value="r.score", more=""
    )


def columns_of(view: View, tasks: Collection[str]) -> list[str]:
    """Return the names of the main columns of some tasks."""
    return [
        column.name
        for column in view.board.columns
        if column.role == "main" and (column.split_of or column.task) in tasks
    ]


def is_stored(view: View) -> bool:
    """Return whether the store itself has the ranks of a view."""
    return not view.where and view.treatment.name in TREATMENTS and view.ranking.mean in MEANS


def _plain(view: View) -> bool:
    """Return whether tasks enter the mean as the average of their metrics, in one unit."""
    units = {column.unit_max for column in view.board.columns if column.role == "main"}
    rising = all(column.higher_is_better for column in view.board.columns)
    return not view.where and _treatment(view) == "per-task" and len(units) == 1 and rising


def _treatment(view: View) -> str:
    return view.treatment.name.partition(" (")[0]


def _reranked(view: View, p: float | None = None, *, without: str | None = None) -> str | None:
    """Return the call of the macro `rerank` for a view; None where it cannot rank as the view."""
    if view.where or view.treatment.mixed:
        return None
    more = []
    if view.treatment.selection:
        names = _texts(column.name for column in view.board.columns)
        more.append(f"tasks := [{names}]")
    if without is not None:
        more.append(f"without := [{text_literal(without)}]")
    if view.treatment.weights:
        weights = (f"{text_literal(name)}: {weight!r}" for name, weight in view.treatment.weights)
        more.append(f"weights := MAP {{{', '.join(weights)}}}")
    names_ = _names(view)
    parts = [
        *(names_["board"], text_literal(_treatment(view)), repr(view.p if p is None else p)),
        f"snapshot_name := {names_['snapshot']}",
        *more,
    ]
    return f"rerank({', '.join(parts)})"


def _cells(view: View, columns: Sequence[str]) -> dict[str, str]:
    return {**_names(view), "times": _times(view), "columns": _texts(columns)}


def _times(view: View) -> str:
    return "" if view.times == 1 else f"{view.times:g} * "


def _names(view: View) -> dict[str, str]:
    ranking = view.ranking
    return {
        "board": text_literal(ranking.board),
        "snapshot": text_literal(ranking.snapshot),
        "treatment": text_literal(view.treatment.name),
        "mean": text_literal(ranking.mean),
    }


def _texts(names: Iterable[str]) -> str:
    return ", ".join(map(text_literal, names))


def _numbers(positions: Iterable[int]) -> str:
    return ", ".join(map(str, positions))
