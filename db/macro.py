"""Describe a SQL macro."""

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
