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
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from db import run_files
from db.errors import StoreError
from evaluators.claims import RowEvidence
from evaluators.claims.judging.arms import SHARED_EXAMPLES
from evaluators.digest import sha256_json
from evaluators.errors import EvaluatorError
from evaluators.result import Table
from evaluators.sts import similarities as pairs
from evaluators.sts.dependence import spearman_influence
from evaluators.sts.spearman import spearman
from evaluators.trainer import predictions as kept

if TYPE_CHECKING:
    from evaluators.trainer.metrics import Metric

Floats = NDArray[np.float64]

_NEAR_FLOAT32 = 1e-4  # similarities are kept in float32, in which ranks may change places
_NEAR = 1e-6  # the value of a row and that of its answers are computed from the same counts


def kept_digest(evidence: RowEvidence, root: Path) -> str:
    """Return a digest of what the runs of some rows keep; empty where no examples are shared.

    It is part of a verdict's id: answers that were lost, or kept anew, are another verdict.

    Args:
        evidence: Rows with the evaluator of their run.
        root: Folder of the runs' files.
    """
    rows = [row for row in evidence.rows if _shares(row)]
    read = lru_cache(maxsize=None)(lambda run, name: run_files.columns(root, run, name))
    return sha256_json([read(str(row["run_id"]), _kept_as(row)) for row in rows]) if rows else ""


def with_answers(evidence: RowEvidence, root: Path) -> RowEvidence:
    """Return the rows, those of shared examples with `examples`, the part of each in its value.

    Where a run kept no answers, or answers that give another value, its rows stay as they are.

    Args:
        evidence: Rows with the evaluator and the parameters of their run.
        root: Folder of the runs' files.
    """
    # A run has a row for each of its metrics, which share its answers.
    answers = cache(
        lambda run, corrected: _answers(_table(root, run, kept.NAME), corrected=corrected)
    )
    similarities = cache(lambda run: _influences(_table(root, run, pairs.NAME)))

    def examples(row: Mapping[str, Any]) -> dict[str, Any]:
        run = str(row["run_id"])
        if _kept_as(row) == pairs.NAME:
            return _of_pairs(row, similarities(run))
        return _examples(row, answers(run, _is_corrected(row)))

    rows = [{**row, **examples(row)} if _shares(row) else row for row in evidence.rows]
    return replace(evidence, rows=rows)


def _kept_as(row: Mapping[str, Any]) -> str:
    """Return the name of the table in which the run of a row keeps its answers."""
    return pairs.NAME if row["evaluator"] == "sts_training" else kept.NAME


def _shares(row: Mapping[str, Any]) -> bool:
    return row.get("evaluator") in SHARED_EXAMPLES and {"metric", "arm", "value"} <= set(row)


def _table(root: Path, run: str, name: str) -> Table | None:
    try:
        rows = run_files.read(root, run, name)
    except StoreError:
        return None
    return Table(name, rows.columns, rows.about)


def _influences(table: Table | None) -> Floats | None:
    """Return each pair's part in a run's Spearman, (n,); None where they cannot be known.

    A pair's part is Spearman's correlation and the pair's influence on it, whose mean is 0. Where
    pairs share sentences the influences are stretched as the standard error is, because the
    interval over examples takes them as independent.
    """
    if table is None:
        return None
    try:
        found = pairs.from_table(table)
        influence = spearman_influence(found.similarity, found.gold)
        stretch = found.shared.error_ratio(influence) if found.shared else 1.0
        return float(spearman(found.similarity, found.gold)) + stretch * influence
    except EvaluatorError:
        return None


def _of_pairs(row: Mapping[str, Any], parts: Floats | None) -> dict[str, Any]:
    if parts is None or row["metric"] != "spearman":
        return {}
    if abs(float(parts.mean()) - row["value"]) > _NEAR_FLOAT32:
        return {}
    return {"examples": parts, "example units": "pairs"}


class _Answers(NamedTuple):
    """The metrics of a run, as functions of its examples, and the context of each example."""

    metrics: Mapping[str, Metric]
    clusters: tuple[int, ...] | None


def _answers(table: Table | None, *, corrected: bool) -> _Answers | None:
    """Return what a run answered; None where it kept nothing, or nothing that can be read."""
    from evaluators.clue import metrics, tasks

    if table is None:
        return None
    try:
        predictions = kept.from_table(table, corrected=corrected)
        found = metrics.metrics_of(tasks.find(table.about["task"]), predictions)
    except (EvaluatorError, LookupError, TypeError, ValueError):
        return None
    return _Answers({metric.name: metric for metric in found}, predictions.clusters)


def _examples(row: Mapping[str, Any], answers: _Answers | None) -> dict[str, Any]:
    from evaluators.clue import metrics

    if answers is None or row["metric"] not in answers.metrics:
        return {}
    try:
        values = metrics.example_values(answers.metrics[row["metric"]], answers.clusters)
    except (EvaluatorError, LookupError, TypeError, ValueError):
        return {}
    if abs(float(values.mean()) - row["value"]) > _NEAR:
        return {}
    return {
        "examples": values,
        "example units": "examples" if answers.clusters is None else "contexts",
    }


def _is_corrected(row: Mapping[str, Any]) -> bool:
    """Return whether a row is of the arm after the post-processing of its run."""
    post = json.loads(row.get("run parameters") or "{}").get("post")
    return bool(post) and str(row["arm"]).rpartition("/")[2].startswith(post["name"])
