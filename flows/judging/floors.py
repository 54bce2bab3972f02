"""Constant answers on the examples that arms are scored on, for the rows that claims are judged on.

A network below a constant answer has learned nothing, and what it gains or loses says nothing of a
way of training. The constant answer may be measured later than the arms, and then is another
verdict on the same look at the evidence.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from evaluators.claims import RowEvidence
from evaluators.claims.judging.arms import CONSTANT
from evaluators.digest import sha256_json

if TYPE_CHECKING:
    from sqlalchemy import Connection

_CONSTANTS = """
    SELECT task, dataset_digest, json_extract_string(parameters, '$.max_scored') AS max_scored,
        metric, max(value) AS value
    FROM latest_scores
    WHERE evaluator = 'clue' AND json_extract_string(parameters, '$.mode') = 'constant'
        AND metric <> 'confusion' AND NOT starts_with(metric, 'class_')
    GROUP BY ALL
"""


def with_constants(
    connection: Connection, rows: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """Return rows of arms, those of CLUE tasks with the value of a constant answer beside them."""
    if not any(row.get("evaluator") == "clue" for row in rows):
        return list(rows)
    constants = {tuple(row[:-1]): float(row[-1]) for row in connection.exec_driver_sql(_CONSTANTS)}
    found = []
    for row in rows:
        if row.get("evaluator") == "clue" and row["run parameters"]:
            limit = json.loads(row["run parameters"]).get("max_scored")
            scored = None if limit is None else str(limit)
            key = (row["task"], row["dataset_digest"], scored, row["metric"])
            if key in constants:
                row = {**row, CONSTANT: constants[key]}
        found.append(row)
    return found


def constants_digest(evidence: RowEvidence) -> str:
    """Return a digest of the constant answers beside some rows; empty where there are none."""
    known = sorted({(row["metric"], row[CONSTANT]) for row in evidence.rows if CONSTANT in row})
    return sha256_json(known) if known else ""
