"""Lead from a table to the page SQL, with the query that gave its rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Concatenate, ParamSpec, cast

import streamlit as st
from sqlalchemy import Connection, TextClause

from dashboard.language import t
from dashboard.reading import bundled_boards
from evaluators.sql_view import text_literal

_Asked = ParamSpec("_Asked")


class _Recorded(Exception):  # noqa: N818 - no error
    def __init__(self, sql: str) -> None:
        self.sql = sql


class _Recorder:
    """Stands for a connection, and keeps the first query that it is asked for."""

    def execute(self, statement: TextClause, params: Mapping[str, Any]) -> None:
        raise _Recorded(filled(statement.text, params))


def sql_of(
    question: Callable[Concatenate[Connection, _Asked], object],
    *params: _Asked.args,
    **named: _Asked.kwargs,
) -> str:
    """Return the query behind a question of `dashboard.queries`, with its values written out.

    Args:
        question: A function of a connection and what follows it here, that asks one query.
        params: Its other arguments.
        named: Those given by name.
    """
    try:
        question(cast("Connection", _Recorder()), *params, **named)
    except _Recorded as found:
        lines = [line.rstrip() for line in found.sql.strip("\n").splitlines()]
        indent = min((len(x) - len(x.lstrip()) for x in lines if x), default=0)
        return "\n".join(line[indent:] for line in lines).strip()
    raise ValueError(f"{question.__qualname__} asks no query")


def filled(sql: str, params: Mapping[str, Any]) -> str:
    """Return a query with its parameters written as literals."""
    if not params:
        return sql
    # The longest name first, and no cast: `a::text` has no parameter.
    names = "|".join(sorted(map(re.escape, params), key=len, reverse=True))
    return re.sub(rf"(?<![:\w]):({names})\b", lambda found: _literal(params[found[1]]), sql)


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    return text_literal(str(value))


def open_as_sql(sql: str) -> None:
    """Link to the page SQL with a query."""
    st.page_link(
        "screens/sql.py",
        label=t("Open as SQL"),
        icon=":material/terminal:",
        query_params={"sql": sql},
    )


def open_board_sql(sql: str | None) -> None:
    """Link to the page SQL with a query of a board.

    Args:
        sql: The query; None where none can say what is shown. Nor is there a link where the board
            is not in the store, which alone that page asks.
    """
    if sql is not None and bundled_boards() is None:
        open_as_sql(sql)
