"""Load a stored dimension curve by the parameters that determine it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from evaluators import tasks
from evaluators.errors import DatasetError
from evaluators.evaluator import DatasetRef
from flows.inputs.pairs import summary

if TYPE_CHECKING:
    from db.rows import DatasetRow
    from evaluators.experiments.dimension_kept import StoredCurve
    from flows.inputs import InputPlace

_FIND = """
    SELECT r.parameters, r.evaluator_version, c.start, c."values"
    FROM current_runs AS r JOIN score_curves AS c ON c.run_id = r.run_id
    WHERE r.evaluator = 'sts' AND r.task = :task AND r.checkpoint_digest = :checkpoint_digest
        AND r.dataset_digest = :dataset_digest AND r.dtype = :dtype
        AND c.metric = 'spearman' AND c.axis = 'k'
        AND coalesce(json_extract_string(c.variant, '$.aggregate'), 'all') = 'all'
    ORDER BY r.finished_at DESC, r.run_id
"""


def digest(ref: DatasetRef, place: InputPlace) -> str:
    """Raise an error: a job identifies a curve by its parameters, not by its values."""
    raise NotImplementedError("a stored curve is identified by the job that computed it")


def is_here(ref: DatasetRef, place: InputPlace) -> bool:
    """Return True: a curve is read from the store."""
    return True


def load(ref: DatasetRef, place: InputPlace) -> StoredCurve:
    """Read the newest matching curve; bootstrap and headline dimensions may differ.

    Raises:
        DatasetError: No finished run made it.
    """
    import sqlalchemy as sa

    from db import open_store
    from evaluators.experiments.dimension_kept import StoredCurve

    sought = json.loads(ref.split or "{}")
    store = open_store(place.settings.store)
    bound = {key: sought[key] for key in ("checkpoint_digest", "dataset_digest", "dtype")}
    with store.read() as connection:
        rows = connection.execute(sa.text(_FIND), {"task": ref.task, **bound}).mappings().all()
    expected = sought["parameters"]
    shared = ("pooling", "whitening", "transform", "fit_digests", "prompt", "max_length")
    for row in rows:
        actual = json.loads(row["parameters"])
        if row["evaluator_version"] == expected["sts_version"] and all(
            actual.get(key) == expected.get(key) for key in shared
        ):
            split = summary(tasks.find(ref.task), mirrors=place.settings.data, cache=place.digests)
            values = tuple(row["values"])
            return StoredCurve(row["start"], values, split.distinct, bound["dataset_digest"])
    raise DatasetError(
        f"no curve of {ref.task} with pooling {expected['pooling']}, whitening"
        f" {expected['whitening']} is in the store: evaluate sts with the same keys further up in"
        " the plan"
    )


def row(ref: DatasetRef, digest: str, place: InputPlace) -> DatasetRow:
    """Raise an error: the scored data set is described by its own kind."""
    raise NotImplementedError("a stored curve is not a dataset and cannot be described as one")
