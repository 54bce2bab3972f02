"""Run one untrusted query or condition, as a script that imports nothing of `db`.

It reads one JSON request on standard input, writes the line `opened` when it has opened the store,
so that its parent can release the gate, and then one JSON answer. It may be killed at any time.

It imports the compiled half of DuckDB alone. The other half looks up its own version, and for that
Python imports its readers of packages and of e-mail: a third of the time of a short query.
"""

from __future__ import annotations

import json
import os
import re
import resource
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

BYTES_OUT = 32 * 2**20

# DuckDB can open no other file than the store's; these names would show its path, read it as bytes,
# or run SQL from a text, which would bypass this list.
REFUSED = re.compile(
    r"\b(duckdb_databases|database_list|duckdb_settings|current_setting|pg_settings|pg_database"
    r"|query|query_table|json_execute_serialized_sql|read_\w+|\w+_scan|glob|sniff_csv|parquet_\w+"
    r"|enable_logging|disable_logging|write_log|duckdb_logs|enable_profiling|disable_profiling"
    r"|truncate_duckdb_logs|force_checkpoint|which_secret|python_map_function)\b",
    re.IGNORECASE,
)
EXPLAIN = re.compile(r"\s*explain(?:\s+analyze)?\s+(?=\w)", re.IGNORECASE)

# What DuckDB says where memory ends while it writes down another error, or one of no kind.
NO_MEMORY = re.compile(r"memory allocation failed|bad_alloc|failed to allocate", re.IGNORECASE)
NEEDS_MORE = {
    "error": "the query needs more memory than it may use: return less, or filter more",
    "kind": "query",
}

OPTIONS = {
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
    "python_enable_replacements": "false",
    "max_temp_directory_size": "0B",
    "temp_directory": "",
    "threads": "2",
}


class RefusalError(Exception):
    """The query is refused; the message says why."""


def main() -> None:
    """Answer the request on standard input."""
    request = json.load(sys.stdin)
    sys.path.append(request["packages"])
    _limit(request["memory_mb"], request["deadline"])
    import _duckdb as duckdb

    try:
        connection = _open(request)
        print("opened", flush=True)
        # From now on the store's relative name is invalid, because the folder is another one.
        os.chdir("/")
        answer = _answer(connection, request)
    except RefusalError as error:
        answer = {"error": str(error), "kind": "query"}
    except (MemoryError, duckdb.OutOfMemoryException):
        answer = NEEDS_MORE
    except duckdb.Error as error:
        said, _, _ = str(error).partition("\n\nLINE ")  # the lines below quote the query
        kind = "busy" if "Could not set lock" in said else "query"
        failed = {"error": _pathless(str(error), request), "kind": kind}
        answer = NEEDS_MORE if NO_MEMORY.search(said) else failed
    print(json.dumps(answer), flush=True)
    # Exit without destructors: a stopped query may still be running in DuckDB's threads.
    os._exit(0)


def _pathless(text: str, request: dict[str, Any]) -> str:
    """Remove the paths of the store and of the programs from an error."""
    store = Path(request["path"])
    places = {store.parent, store.parent.resolve(), Path(request["packages"]), Path(sys.prefix)}
    for place in sorted((str(place) for place in places), key=len, reverse=True):
        if len(place) > 1:
            text = text.replace(place + "/", "").replace(place, "…")
    if "condition" in request:  # the lines below quote the query around it
        text = text.partition("\n\nLINE ")[0]
    return text


def _limit(memory_mb: int, deadline: float) -> None:
    """Limit memory, time and files, because DuckDB's own limits are not enough."""
    size = memory_mb * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (size, size))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Ends the child if its parent dies; two threads use twice the wall-clock time.
    seconds = int(2 * deadline) + 10
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def _open(request: dict[str, Any]) -> Any:
    import _duckdb as duckdb

    options: dict[str, Any] = {**OPTIONS, "memory_limit": f"{request['memory_mb'] * 7 // 10}MB"}
    give_up = time.monotonic() + request["wait"]
    while True:
        try:
            connection = duckdb.connect(request["path"], read_only=True, config=options)
            break
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.02)
    connection.execute("SET lock_configuration = true")
    return connection


def _answer(connection: Any, request: dict[str, Any]) -> dict[str, Any]:
    if "condition" in request:
        sql = _one_condition(connection, request["condition"])
    else:
        sql = _one_query(connection, request["sql"])
    begun = time.monotonic()
    result = _run(connection, sql, request["max_rows"])
    columns = [str(column[0]) for column in result.description]
    types = [str(column[1]) for column in result.description]
    cell = _Cell(request["max_cell"])
    rows: list[list[Any]] = []
    truncated = False
    room = BYTES_OUT
    for row in _rows(result):
        room -= sum(cell.cost(value) for value in row)
        if len(rows) == request["max_rows"] or room < 0:
            truncated = True
            break
        rows.append([cell.plain(value) for value in row])
    return {
        "columns": columns,
        "types": types,
        "rows": rows,
        "truncated": truncated,
        "cut_cells": cell.cut,
        "seconds": time.monotonic() - begun,
    }


def _run(connection: Any, sql: str, max_rows: int) -> Any:
    """Run the query for one row more than the limit, not for all rows."""
    import _duckdb as duckdb

    bounded = f"SELECT * FROM (\n{sql.strip().rstrip(';')}\n) LIMIT {max_rows + 1}"  # noqa: S608
    try:
        return connection.execute(bounded)
    except (duckdb.ParserException, duckdb.BinderException, duckdb.CatalogException):
        # SHOW, EXPLAIN and the like cannot be a subquery; errors must quote the user's own lines.
        return connection.execute(sql)


def _one_query(connection: Any, sql: str) -> str:
    import _duckdb as duckdb

    refused = REFUSED.search(sql)
    if refused:
        raise RefusalError(f"{refused[0]!r} cannot be used here: queries can only read the store")
    statements = connection.extract_statements(sql)
    if not statements:
        raise RefusalError("the query is empty")
    if len(statements) > 1:
        hint = "; PIVOT needs its list: ON … IN (…)" if "pivot" in sql.lower() else ""
        raise RefusalError(f"give one query at a time, got {len(statements)} statements{hint}")
    kind, text = statements[0].type, statements[0].query
    if kind == duckdb.StatementType.EXPLAIN and (begin := EXPLAIN.match(text)):
        # EXPLAIN ANALYZE runs the statement, so that it must be a query too.
        inner = connection.extract_statements(text[begin.end() :])
        kind = inner[0].type if len(inner) == 1 else None
    if kind != duckdb.StatementType.SELECT:
        raise RefusalError(
            "only queries can be run here: SELECT, WITH, FROM, DESCRIBE, SHOW, EXPLAIN"
        )
    return sql


_NOT_OF_ONE_ROW = {
    "SUBQUERY": "a subquery",
    "WINDOW": "a window function",
    "STAR": "*",
    "PARAMETER": "a parameter",
}


def _one_condition(connection: Any, text: str) -> str:
    """Return the query that answers a condition for each row of the table `models`.

    The engine's own parser says what the condition consists of. It must be one expression as it
    stands and in brackets, so that no bracket or keyword of it ends the query around it.
    """
    trees = [_tree(connection, f"SELECT {text}"), _tree(connection, f"SELECT ({text})")]
    if any(len(tree["select_list"]) != 1 for tree in trees):
        raise RefusalError("give one condition; several are joined by AND or OR")
    nodes = list(_nodes(trees[1]["select_list"]))
    for node in nodes:
        if node["class"] in _NOT_OF_ONE_ROW:
            raise RefusalError(
                f"a condition is about one model: {_NOT_OF_ONE_ROW[node['class']]} cannot be used"
            )
    _validate_functions(connection, nodes)
    _validate_columns(connection, nodes)
    return f"SELECT model_position, ({text}) FROM models"  # noqa: S608 - one expression


def _tree(connection: Any, sql: str) -> dict[str, Any]:
    # A literal, not a parameter, with the first of which DuckDB imports pandas.
    literal = "'" + sql.replace("'", "''") + "'"
    (answer,) = connection.execute(f"SELECT json_serialize_sql({literal})").fetchone()
    try:
        tree: dict[str, Any] = json.loads(answer)
    except RecursionError:
        raise RefusalError("the condition is nested too deeply") from None
    if tree["error"]:
        if tree["error_type"] != "parser":  # a PIVOT, for example
            raise RefusalError("a condition is about one model: a subquery cannot be used")
        raise RefusalError(f"the condition is not valid SQL: {tree['error_message']}")
    if len(tree["statements"]) != 1:
        raise RefusalError("give one condition, without a semicolon")
    node: dict[str, Any] = tree["statements"][0]["node"]
    if "select_list" not in node:  # of a UNION, for example
        raise RefusalError("give one condition")
    return node


def _nodes(tree: object) -> Iterator[dict[str, Any]]:
    """Yield every node of an expression, without recursion."""
    ahead = [tree]
    while ahead:
        node = ahead.pop()
        if isinstance(node, dict):
            if "class" in node:
                yield node
            ahead.extend(node.values())
        elif isinstance(node, list):
            ahead.extend(node)


def _validate_functions(connection: Any, nodes: list[dict[str, Any]]) -> None:
    used = {node["function_name"].lower() for node in nodes if "function_name" in node}
    if not used:
        return
    kinds = connection.execute(
        "SELECT function_name, bool_or(function_type = 'aggregate') FROM duckdb_functions()"
        " WHERE function_type = 'aggregate' OR stability <> 'CONSISTENT'"
        " OR macro_definition ILIKE '%current%' GROUP BY function_name"
    ).fetchall()
    for name, aggregates in kinds:
        if name in used and aggregates:
            shown = name.removesuffix("_star")
            raise RefusalError(f"a condition is about one model: {shown}() is about many")
        if name in used:
            raise RefusalError(f"{name}() cannot be used: its answer changes from call to call")
    for name in used:
        if REFUSED.fullmatch(name):
            raise RefusalError(f"{name}() cannot be used here")


def _validate_columns(connection: Any, nodes: list[dict[str, Any]]) -> None:
    """Refuse unknown names, which DuckDB would take for functions such as current_date."""
    import difflib

    known = [column[0] for column in connection.execute("FROM models LIMIT 0").description]
    lambdas = [node for node in nodes if node["class"] == "LAMBDA"]
    variables = {
        name
        for node in lambdas
        for inner in _nodes(node["lhs"])
        for name in inner.get("column_names", ())
    }
    for node in nodes:
        *table, name = node.get("column_names", ("model",))
        if (name.lower() in known and table in ([], ["models"])) or name in variables:
            continue
        near = difflib.get_close_matches(name.lower(), known, n=1, cutoff=0.5)
        hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
        raise RefusalError(
            f"no model has a fact called {name!r}: {hint} (Text stands in 'single quotes'.)"
        )


def _rows(result: Any) -> Iterator[tuple[Any, ...]]:
    while chunk := result.fetchmany(256):
        yield from chunk


class _Cell:
    """Converts values to plain JSON, and cuts wide ones."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.cut = 0

    def cost(self, value: Any) -> int:
        return min(len(value), self.width) + 8 if isinstance(value, (str, bytes)) else 8

    def plain(self, value: Any) -> Any:
        if isinstance(value, bytes):
            value = value[: self.width].hex() + ("…" if len(value) > self.width else "")
        elif isinstance(value, (list, tuple, dict)):
            content = _plain(value)
            text = json.dumps(content, ensure_ascii=False)
            if len(text) <= self.width:
                return content
            value = text
        else:
            value = _plain(value)
        if isinstance(value, str) and len(value) > self.width:
            self.cut += 1
            return value[: self.width] + "…"
        return value


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {str(key): _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    if isinstance(value, bytes):
        return value.hex()
    # dates, times, timestamps (with a space), intervals and UUIDs
    return str(value)


if __name__ == "__main__":
    main()
