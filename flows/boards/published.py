"""Read published scores with their sources, for comparison with measured ones.

One CSV per collection under `data/published/`. A number is kept as printed, with its unit;
`value` scales it to −1…1.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.names import nearest
from evaluators.sts.names import POOLINGS
from flows.bundled import bundled
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from db.rows import PublishedScoreRow
    from db.store import Store


ROOT = bundled("data", "published")

COLUMNS = (
    "model",
    "revision",
    "weights_sha256",
    "task",
    "split",
    "metric",
    "pooling",
    "whitening",
    "k",
    "aggregate",
    "printed",
    "unit_max",
    "source",
    "notes",
)
WITH_METHOD = (*COLUMNS, "method")
"""The columns of a collection about training methods."""

_SIMILARITY = ("spearman", "pearson", "max_ap", "max_accuracy", "max_f1")
_TRAINED = ("accuracy", "em_f1", "entity_f1", "rouge_1", "rouge_2", "rouge_l", "bleu")
_AGGREGATES = ("all", "mean", "wmean")


@dataclass(frozen=True)
class PublishedScore:
    """One published number.

    Attributes:
        model: Its name on the hub, or as the source spells it.
        revision: The revision that was measured, None where not stated.
        weights_sha256: SHA-256 of the weights file, None where not known.
        task: The task, named as this project names it.
        split: The split that was measured, None where not stated.
        metric: `spearman`, `pearson`, MTEB's `max_ap`, `max_accuracy` or `max_f1` of pairs of two
            classes, or that of a CLUE task, `accuracy` for example.
        pooling: As `evaluators.sts` names it; `native` if the source states none.
        whitening: `none`, `target` (the task's own sentences) or what it was fitted on.
        k: Kept dimensions, None for all of them.
        aggregate: How the subsets of a task were combined: `all`, `mean` or `wmean`.
        printed: The number as printed.
        unit_max: The perfect score in the printed unit: 1 or 100.
        source: Where it was published.
        notes: Remarks for the reader.
        method: How it was trained, as the view `arm_scores` names arms: `r-drop/linear`; None for
            sentence similarity.
    """

    model: str
    revision: str | None
    weights_sha256: str | None
    task: str
    split: str | None
    metric: str
    pooling: str
    whitening: str
    k: int | None
    aggregate: str
    printed: float
    unit_max: float
    source: str
    notes: str
    method: str | None = None

    @property
    def value(self) -> float:
        """Return the score scaled to −1…1."""
        return self.printed / self.unit_max


def collections(root: Path = ROOT) -> tuple[str, ...]:
    """Return the names of the collections."""
    return tuple(sorted(file.stem for file in root.glob("*.csv")))


def read_published(collection: str, *, root: Path = ROOT) -> tuple[PublishedScore, ...]:
    """Read one collection.

    Raises:
        LeaderboardError: If there is no such collection, or a row of it is faulty.
    """
    path = root / f"{collection}.csv"
    if not path.is_file():
        hint = nearest(collection, collections(root))
        raise LeaderboardError(f"no collection {collection!r} of published scores{hint}")
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) not in (COLUMNS, WITH_METHOD):
            raise LeaderboardError(
                f"{path}: the columns must be {', '.join(COLUMNS)}, and method where there is one"
            )
        scores = tuple(_score(path, n, row) for n, row in enumerate(reader, start=2))
    first_lines: dict[tuple[object, ...], int] = {}
    for line, score in enumerate(scores, start=2):
        key = (
            *(score.model, score.revision, score.task, score.split, score.metric),
            *(score.pooling, score.whitening, score.k, score.aggregate, score.notes),
            score.method,
        )
        if key in first_lines:
            raise LeaderboardError(
                f"{path}: rows {first_lines[key]} and {line} are duplicates of the same score"
            )
        first_lines[key] = line
    return scores


def store_published(store: Store, *, root: Path = ROOT) -> int:
    """Write every new or changed collection, and return how many there were.

    Raises:
        LeaderboardError: If a collection is faulty; then nothing is written.
        StoreBusy: When the store stayed locked.
    """
    from db.published import write_published

    return write_published(
        store,
        {
            name: [_row(score) for score in read_published(name, root=root)]
            for name in collections(root)
        },
    )


def _score(path: Path, line: int, row: dict[str, str]) -> PublishedScore:
    def refuse(column: str, reason: str) -> LeaderboardError:
        return LeaderboardError(f"{path}, row {line}, {column}: {row[column]!r} {reason}")

    if None in row or None in row.values():
        raise LeaderboardError(f"{path}, row {line}: as many cells as columns are needed")
    for column, known in (
        ("metric", _SIMILARITY + _TRAINED),
        ("pooling", POOLINGS),
        ("aggregate", _AGGREGATES),
        ("unit_max", ("1", "100")),
    ):
        if row[column] not in known:
            raise refuse(column, f"must be one of {', '.join(known)}")
    if (row["metric"] in _TRAINED) != bool(row.get("method")):
        raise refuse("metric", "goes with a method: a score of training has one, similarity none")
    for column in ("model", "task", "whitening", "source"):
        if not row[column].strip():
            raise refuse(column, "must not be empty")
    if not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", row["printed"]):
        raise refuse("printed", "must be one plain number")
    if abs(float(row["printed"])) > float(row["unit_max"]):
        raise refuse("printed", f"is beyond its unit {row['unit_max']}")
    if row["k"] and not re.fullmatch(r"[1-9][0-9]*", row["k"]):
        raise refuse("k", "is not a number of dimensions")
    return PublishedScore(
        model=row["model"],
        revision=row["revision"] or None,
        weights_sha256=row["weights_sha256"] or None,
        task=row["task"],
        split=row["split"] or None,
        metric=row["metric"],
        pooling=row["pooling"],
        whitening=row["whitening"],
        k=int(row["k"]) if row["k"] else None,
        aggregate=row["aggregate"],
        printed=float(row["printed"]),
        unit_max=float(row["unit_max"]),
        source=row["source"],
        notes=row["notes"],
        method=row.get("method") or None,
    )


def _row(score: PublishedScore) -> PublishedScoreRow:
    """Return a published score as a row of the store: as printed, with its unit."""
    from db.rows import PublishedScoreRow

    return PublishedScoreRow(
        model=score.model,
        task=score.task,
        value=score.printed,
        source=score.source,
        metric=score.metric,
        pooling=score.pooling,
        whitening=score.whitening,
        k=score.k,
        aggregate=score.aggregate,
        unit_max=score.unit_max,
        split=score.split,
        weights_sha256=score.weights_sha256,
        revision=score.revision,
        notes=score.notes or None,
        method=score.method,
    )
