"""Single answers of runs whose seeds share one test set, for the rows that claims are judged on.

A view has one number for each run. Whether an arm gains on other examples too depends on which
examples it gains on with every seed, and that is in the predictions beside the store. They are
read here, and only for evidence that has no verdict yet, so that a view stays a table of numbers
and a claim a function of rows.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from db import run_files
from db.errors import StoreError
from evaluators.claims import RowEvidence
from evaluators.claims.judging.arms import SHARED_EXAMPLES
from evaluators.digest import sha256_json
from evaluators.errors import EvaluatorError
from evaluators.result import Table
from evaluators.trainer import predictions as kept

_NEAR = 1e-6  # the value of a row and that of its answers are computed from the same counts


def kept_digest(evidence: RowEvidence, root: Path) -> str:
    """Return a digest of what the runs of some rows keep; empty where no examples are shared.

    It is part of a verdict's id: answers that were lost, or kept anew, are another verdict.

    Args:
        evidence: Rows with the evaluator of their run.
        root: Folder of the runs' files.
    """
    rows = [row for row in evidence.rows if _shares(row)]
    read = lru_cache(maxsize=None)(lambda run: run_files.columns(root, run, kept.NAME))
    return sha256_json([read(str(row["run_id"])) for row in rows]) if rows else ""


def with_answers(evidence: RowEvidence, root: Path) -> RowEvidence:
    """Return the rows, those of shared examples with `examples`, the part of each in its value.

    Where a run kept no answers, or answers that give another value, its rows stay as they are.

    Args:
        evidence: Rows with the evaluator and the parameters of their run.
        root: Folder of the runs' files.
    """
    tables: dict[str, Table | None] = {}

    def table(run: str) -> Table | None:
        if run not in tables:
            tables[run] = _table(root, run)
        return tables[run]

    return replace(
        evidence,
        rows=[
            {**row, **_examples(row, table(str(row["run_id"])))} if _shares(row) else row
            for row in evidence.rows
        ],
    )


def _shares(row: Mapping[str, Any]) -> bool:
    return row.get("evaluator") in SHARED_EXAMPLES and {"metric", "arm", "value"} <= set(row)


def _table(root: Path, run: str) -> Table | None:
    try:
        rows = run_files.read(root, run, kept.NAME)
    except StoreError:
        return None
    return Table(kept.NAME, rows.columns, rows.about)


def _examples(row: Mapping[str, Any], table: Table | None) -> dict[str, Any]:
    from evaluators.clue import metrics, tasks

    if table is None:
        return {}
    try:
        predictions = kept.from_table(table, corrected=_is_corrected(row))
        task = tasks.find(table.about["task"])
        by_name = {metric.name: metric for metric in metrics.metrics_of(task, predictions)}
        values = metrics.example_values(by_name[row["metric"]], predictions.clusters)
    except (EvaluatorError, LookupError, TypeError, ValueError):
        return {}
    if abs(float(values.mean()) - row["value"]) > _NEAR:
        return {}
    return {
        "examples": values,
        "example units": "examples" if predictions.clusters is None else "contexts",
    }


def _is_corrected(row: Mapping[str, Any]) -> bool:
    """Return whether a row is of the arm after the post-processing of its run."""
    post = json.loads(row.get("run parameters") or "{}").get("post")
    return bool(post) and str(row["arm"]).rpartition("/")[2].startswith(post["name"])
