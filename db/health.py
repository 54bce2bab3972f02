"""The checks of `rankcheck db check`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from db.batch import ROW_GROUP
from db.migrate import HEAD

if TYPE_CHECKING:
    import sqlalchemy as sa

    from db.store import Store


@dataclass(frozen=True)
class Health:
    """The state of a store.

    Attributes:
        place: Its path or address.
        engine: `DuckDB file` or `DuckLake`, with DuckDB's version.
        revision: Its schema's revision.
        rows: Rows of every table.
        problems: Problems, one sentence each; empty if there are none.
        notes: Harmless irregularities, one sentence each.
    """

    place: str
    engine: str
    revision: str
    rows: Mapping[str, int]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


# Each query counts invalid rows; {n} is their number.
_PROBLEMS: tuple[tuple[str, str], ...] = (
    (
        "{n} run ids are duplicates in runs: their scores count twice",
        """SELECT count(*) FROM (SELECT run_id FROM runs GROUP BY run_id HAVING count(*) > 1)""",
    ),
    (
        "{n} scores belong to no run",
        "SELECT count(*) FROM scores WHERE run_id NOT IN (SELECT run_id FROM runs)",
    ),
    (
        "{n} curves belong to no run",
        "SELECT count(*) FROM score_curves WHERE run_id NOT IN (SELECT run_id FROM runs)",
    ),
    (
        "{n} scores belong to a failed run",
        """SELECT count(*) FROM scores WHERE run_id IN
            (SELECT run_id FROM runs WHERE status <> 'finished')""",
    ),
    (
        "{n} scores are NaN or infinite",
        """SELECT count(*) FROM scores WHERE NOT isfinite(value)
            OR NOT isfinite(coalesce(ci_low, 0)) OR NOT isfinite(coalesce(ci_high, 0))""",
    ),
    (
        "{n} curves contain NaN or infinite values",
        """SELECT count(*) FROM score_curves
            WHERE list_count(list_filter("values", lambda x: isfinite(x))) < len("values")""",
    ),
    (
        "{n} scores are duplicates within one run",
        """SELECT count(*) FROM (SELECT run_id FROM scores
            GROUP BY run_id, metric, variant HAVING count(*) > 1)""",
    ),
    (
        "{n} runs have a status that is neither finished nor failed",
        "SELECT count(*) FROM runs WHERE status NOT IN ('finished', 'failed')",
    ),
    (
        "{n} leaderboard cells lack their row or column",
        """SELECT count(*) FROM leaderboard_cells AS x
            LEFT JOIN leaderboard_rows AS m
                ON m.board_id = x.board_id AND m.position = x.model_position
            LEFT JOIN leaderboard_columns AS c
                ON c.board_id = x.board_id AND c.position = x.column_position
            WHERE m.board_id IS NULL OR c.board_id IS NULL""",
    ),
    (
        "{n} leaderboard cells are NaN or infinite",
        "SELECT count(*) FROM leaderboard_cells WHERE NOT isfinite(value)",
    ),
    (
        "{n} ranks belong to no leaderboard",
        """SELECT count(*) FROM leaderboard_ranks
            WHERE board_id NOT IN (SELECT board_id FROM leaderboards)""",
    ),
)

_NOTES: tuple[tuple[str, str], ...] = (
    (
        "{n} jobs were finished twice at once (two writers raced); every view counts one",
        """SELECT count(*) FROM (SELECT job_key FROM runs WHERE status = 'finished'
            GROUP BY job_key, generation HAVING count(*) > 1)""",
    ),
    (
        "{n} finished runs have no scores",
        """SELECT count(*) FROM runs WHERE status = 'finished'
            AND run_id NOT IN (SELECT run_id FROM scores)""",
    ),
)

_COMMENTED = """
    SELECT table_name AS name, comment FROM duckdb_tables()
    WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT view_name, comment FROM duckdb_views()
    WHERE database_name = current_database() AND NOT internal
    UNION ALL
    SELECT table_name || '.' || column_name, comment FROM duckdb_columns()
    WHERE database_name = current_database() AND NOT internal
"""


def health(store: Store) -> Health:
    """Examine a store by reading every row.

    Raises:
        StoreBusy: When the store stayed locked.
        StoreError: When the store cannot be read at all.
    """
    import duckdb

    from db.tables import metadata

    kind = "DuckLake" if store.engine.retries else "DuckDB file"
    with store.read() as connection:
        rows = {
            table.name: _count(connection, f"SELECT count(*) FROM {table.name}")  # noqa: S608
            for table in metadata.sorted_tables
        }
        if max(rows.values()) > ROW_GROUP:  # long questions, unlike those of pages
            connection.exec_driver_sql("RESET threads")
        problems = [
            *_violations(connection, _PROBLEMS),
            *_stale(connection),
            *_descriptions(store, connection),
        ]
        notes = [*_violations(connection, _NOTES), *_logs(store)]
    return Health(
        place=store.place,
        engine=f"{kind}, DuckDB {duckdb.__version__}",
        revision=HEAD,
        rows=rows,
        problems=tuple(problems),
        notes=tuple(notes),
    )


def _logs(store: Store) -> Iterator[str]:
    """Describe logs that ended within a write, and copies of earlier ones."""
    from db.engines import wal
    from db.engines.file import FileEngine

    if not isinstance(store.engine, FileEngine):
        return
    for log in wal.validate_log(store.engine.path, store.place):
        yield log.sentence()
    for copy in wal.copies(store.engine.path):
        yield wal.copy_sentence(copy)


def _count(connection: sa.Connection, query: str) -> int:
    return int(connection.exec_driver_sql(query).scalar_one())


def _violations(connection: sa.Connection, checks: tuple[tuple[str, str], ...]) -> Iterator[str]:
    for sentence, query in checks:
        if n := _count(connection, query):
            yield sentence.format(n=n)


def _stale(connection: sa.Connection) -> Iterator[str]:
    """Compare what is condensed with the scores that it is condensed from."""
    from db.condensed import CONDENSED

    for name, query in CONDENSED.items():
        wrong = f"""
            WITH made AS MATERIALIZED ({query.format(scores="scores")})
            SELECT (SELECT count(*) FROM (FROM {name} EXCEPT ALL FROM made))
                + (SELECT count(*) FROM (FROM made EXCEPT ALL FROM {name}))
        """  # noqa: S608 - our names
        if n := _count(connection, wrong):
            yield f"{n} rows of {name} differ from scores: run `rankcheck db upgrade`"


def _descriptions(store: Store, connection: sa.Connection) -> Iterator[str]:
    """Compare the store's views, macros and comments with those of this version."""
    from db.dictionary import DIGEST_OF, derived_digest, entries

    digest = connection.exec_driver_sql(
        "SELECT text FROM dictionary WHERE object = $1 AND kind = 'digest'", (DIGEST_OF,)
    ).scalar()
    if digest != derived_digest():
        yield "views and macros are from another version of rankcheck: run `rankcheck db upgrade`"
        return
    commented = connection.exec_driver_sql(_COMMENTED)
    comments = {row.name: row.comment for row in commented}
    tables = {entry.object for entry in entries() if entry.kind == "table"}
    for entry in entries():
        if entry.kind == "macro":
            continue
        if entry.column and entry.object not in tables and not store.engine.all_comments:
            continue  # DuckLake does not support comments on columns of views
        name = f"{entry.object}.{entry.column}" if entry.column else entry.object
        if name not in comments:
            yield f"{name} is missing: run `rankcheck db upgrade`"
        elif comments[name] != entry.text:
            yield f"{name} has lost its comment: run `rankcheck db upgrade`"
