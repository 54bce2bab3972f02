"""Rows of a view as what a claim is judged on."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa

from evaluators.claims import RowEvidence, RowsOf
from evaluators.digest import sha256_json

if TYPE_CHECKING:
    from sqlalchemy import Connection


class RowGroup(NamedTuple):
    """Rows that are judged together.

    Attributes:
        name: The values that make the group, as JSON.
        evidence: The rows, in an order that does not depend on the store's.
        digest: Of the rows' content.
    """

    name: str
    evidence: RowEvidence
    digest: str


def row_groups(connection: Connection, wanted: RowsOf) -> Iterator[RowGroup]:
    """Yield the groups of a view's rows; nothing while it has none that are wanted."""
    everything = sa.select(sa.text("*")).select_from(sa.table(wanted.view))
    rows = [
        dict(row)
        for row in connection.execute(everything).mappings()
        if _is_among(row, wanted.among)
    ]
    texts = [json.dumps(_stable(row), sort_keys=True, default=str) for row in rows]
    members: dict[str, list[int]] = {}
    for i in sorted(range(len(rows)), key=texts.__getitem__):
        group = json.dumps({column: rows[i][column] for column in wanted.by}, default=str)
        members.setdefault(group, []).append(i)
    for name, places in sorted(members.items()):
        first = rows[places[0]]
        yield RowGroup(
            name=name,
            evidence=RowEvidence(
                [rows[i] for i in places], {column: first[column] for column in wanted.by}
            ),
            digest=sha256_json([texts[i] for i in places]),
        )


def _stable(row: Mapping[Any, Any]) -> dict[Any, Any]:
    """Return a row without the last digits of its numbers.

    A view that averages adds up in any order, so they change from one reading to the next, and the
    same rows would be judged anew each night.
    """
    return {
        column: float(f"{value:.10g}") if isinstance(value, float) else value
        for column, value in row.items()
    }


def _is_among(row: Mapping[Any, Any], among: Mapping[str, tuple[str, ...]]) -> bool:
    return all(
        any(fnmatchcase(str(row[column]), pattern) for pattern in patterns)
        for column, patterns in among.items()
    )
