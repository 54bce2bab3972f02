"""Write the SQL of the very rows that a verdict rests on."""

from __future__ import annotations

import re
from typing import Any

import pandas as pd

from evaluators.claims import Claim, RowsOf, find, names
from evaluators.sql_view import text_literal


def known_claim(name: str) -> Claim[Any] | None:
    """Return a claim of this version; None for one that only the store knows."""
    return find(name) if name in names() else None


def query_of(row: Any) -> str:
    """Return the SQL of the very rows that a verdict rests on.

    Args:
        row: A verdict: its claim, and board, snapshot and treatment, or setting.
    """
    if not pd.isna(row.board):
        where = [
            f"{name} = {text_literal(str(row[name]))}"
            for name in ("board", "snapshot", "treatment")
            if not pd.isna(row[name])
        ]
        return (
            f"SELECT mean, rank, model, is_human, score FROM ranks\nWHERE {' AND '.join(where)}\n"  # noqa: S608 - shown and run in the sandbox
            "ORDER BY mean, rank"
        )
    claim = known_claim(str(row.claim))
    if claim is None or not isinstance(claim.evidence, RowsOf):
        return (
            "SELECT * FROM claim_history\n"  # noqa: S608
            f"WHERE claim = {text_literal(str(row.claim))} ORDER BY decided_at DESC"
        )
    evidence = claim.evidence
    conditions = [
        "(" + " OR ".join(f"{_name(column)} GLOB {text_literal(p)}" for p in patterns) + ")"
        for column, patterns in evidence.among.items()
    ]
    conditions += [
        f"CAST({_name(column)} AS VARCHAR) = {text_literal(value)}"
        for column, value in group_of(row.setting, evidence.by).items()
    ]
    where_text = f"\nWHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT * FROM {evidence.view}{where_text}"  # noqa: S608


def group_of(setting: object, by: tuple[str, ...]) -> dict[str, str]:
    """Return the values by column of a setting in words, `task=a, setting=b`."""
    if not isinstance(setting, str) or not by:
        return {}
    parts = re.split(rf"(?:^|, )({'|'.join(map(re.escape, by))})=", setting)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
