"""What two runs kept of every example, paired: a short look at their files, kept while they last.

The files are data. One that is missing, damaged or of another kind is a sentence on the page.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import streamlit as st

from dashboard.reading import store
from db import run_files
from db.errors import StoreError
from evaluators.errors import EvaluatorError
from evaluators.paired import KEPT, Paired, paired
from evaluators.result import Table

SEED = 0
"""Of the resampling: that of `rankcheck predictions compare` unless told otherwise."""

_NEAR = 1e-4  # similarities are kept in float32: the sixth digit may differ from the store's


class Side(NamedTuple):
    """A run and what the store has for it."""

    run_id: str
    value: float


class PairOfRuns(NamedTuple):
    """What can be said of two runs.

    Attributes:
        found: Their difference, paired by example; None where there is none.
        why: Why there is none; empty where a run is older than what is kept.
    """

    found: Paired | None
    why: str = ""


def pair(evaluator: str, metric: str, left: Side, right: Side) -> PairOfRuns:
    """Return right less left with its interval paired by example, or why there is none.

    Args:
        evaluator: One of `evaluators.paired.KEPT`.
        metric: The metric.
        left: The run on the left.
        right: The run on the right.
    """
    root = run_files.folder(store().url)
    stamps = tuple(_stamp(root, side.run_id, KEPT[evaluator]) for side in (left, right))
    if None in stamps:
        return PairOfRuns(None)
    return _paired(root, KEPT[evaluator], metric, left, right, stamps)


def _stamp(root: Path, run_id: str, name: str) -> tuple[int, int] | None:
    try:
        found = run_files.path_of(root, run_id, name).stat()
    except (OSError, StoreError):
        return None
    return found.st_mtime_ns, found.st_size


@st.cache_data(max_entries=512, show_spinner=False)
def _paired(
    root: Path,
    name: str,
    metric: str,
    left: Side,
    right: Side,
    stamps: tuple[object, ...],  # a part of the key: another file is another answer
) -> PairOfRuns:
    tables = []
    for side in (right, left):
        try:
            rows = run_files.read(root, side.run_id, name)
        except StoreError:  # its text names a folder of this machine
            return PairOfRuns(None, f"{name}.parquet of run {side.run_id} is damaged")
        tables.append(Table(name, rows.columns, rows.about))
    try:
        found = paired(*tables, seed=SEED, metric=metric)
    except EvaluatorError as error:
        return PairOfRuns(None, str(error))
    one = found.metrics[0]
    if abs(one.arm - right.value) > _NEAR or abs(one.base - left.value) > _NEAR:
        return PairOfRuns(None, "what is kept does not give the score in the store")
    return PairOfRuns(found)
