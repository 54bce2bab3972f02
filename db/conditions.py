"""Answer an untrusted SQL condition for each row of a small table, in the sandbox."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from db.errors import QueryError, QueryTimeout
from db.sandbox import query_file

LONGEST = 2_000
"""Most characters of a condition: it is shown as a part of each treatment's name."""

SECONDS = 10.0
"""How long a condition may take, once its process has started."""

_TYPES = {"number": "DOUBLE", "flag": "BOOLEAN", "text": "VARCHAR"}
_LITERALS = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"")


def answer_condition(
    columns: Mapping[str, str], rows: Sequence[Sequence[float | bool | str | None]], condition: str
) -> tuple[bool | None, ...]:
    """Return for each row whether a condition holds; None where it is NULL.

    Args:
        columns: Kind of each column by its name: `number`, `flag` or `text`.
        rows: One value for each column; None is NULL.
        condition: A boolean SQL expression over the columns of one row.

    Raises:
        QueryError: The condition is refused, wrong or too slow; safe to show to anyone.
    """
    _validate_text(condition)
    with TemporaryDirectory(prefix="rankcheck-") as folder:
        path = Path(folder) / "models.duckdb"
        _write_models(path, columns, rows)
        try:
            answer = query_file(
                path, {"condition": condition}, max_rows=len(rows) + 1, deadline=SECONDS
            )
        except QueryTimeout as error:
            raise QueryError(
                f"the condition was stopped after {SECONDS:g} s: make it simpler"
            ) from error
    if len(answer.columns) != 2 or sorted(row[0] for row in answer.rows) != [*range(len(rows))]:
        raise QueryError("a condition must have one answer for each model: leave unnest out")
    if rows and answer.types[1] != "BOOLEAN":
        raise QueryError(
            "a condition must be true or false for each model, as parameters < 1e9 is; this one"
            f" is of the type {answer.types[1]}"
        )
    by_position = dict(answer.rows)
    return tuple(by_position[position] for position in range(len(rows)))


def _validate_text(condition: str) -> None:
    if not condition.strip():
        raise QueryError("the condition is empty: give one such as parameters < 1e9")
    if len(condition) > LONGEST:
        raise QueryError(
            f"a condition must be at most {LONGEST:,} characters long, got {len(condition):,}"
        )
    if not condition.isprintable():
        raise QueryError("a condition must be one line without control characters")
    plain = _LITERALS.sub("", condition)
    # The parser refuses what matters; a comment would only mislead whoever reads the treatment.
    if "--" in plain or "/*" in plain:
        raise QueryError("a condition must not contain comments (-- or /*)")
    if ";" in plain:
        raise QueryError("give one condition, without a semicolon")


def _write_models(
    path: Path,
    columns: Mapping[str, str],
    rows: Sequence[Sequence[float | bool | str | None]],
) -> None:
    import duckdb

    declared = ", ".join(f"{name} {_TYPES[kind]}" for name, kind in columns.items())
    with duckdb.connect(str(path)) as connection:
        connection.execute(f"CREATE TABLE models (model_position INTEGER, {declared})")
        # A list for each column: executemany takes a millisecond a row.
        lists = [list(range(len(rows))), *(list(column) for column in zip(*rows, strict=True))]
        types = ["INTEGER", *(_TYPES[kind] for kind in columns.values())]
        unnested = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in types)
        if rows:
            connection.execute(f"INSERT INTO models SELECT {unnested}", lists)
