"""Read published scores with their sources, for comparison with measured ones.

One CSV per collection under `data/published/`. A number is kept as printed, with its unit;
`value` scales it to −1…1.
"""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from evaluators.names import nearest
from evaluators.published_tables import PublishedMean, PublishedScore
from evaluators.sts.names import POOLINGS
from flows.bundled import bundled
from flows.errors import LeaderboardError

if TYPE_CHECKING:
    from db.rows import PublishedScoreRow
    from db.store import Store


ROOT = bundled("data", "published")
MEANS = bundled("data", "published-means.csv")
"""Averages over tasks that the sources print; no cells, so not among the collections."""

_MEAN_COLUMNS = (
    *("collection", "model", "method", "metric", "tasks"),
    *("printed", "unit_max", "source"),
)

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
_PLAIN_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
_AGGREGATES = ("all", "mean", "wmean")


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
        scores = _with_decimals([_score(path, n, row) for n, row in enumerate(reader, start=2)])
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


def read_means(path: Path = MEANS) -> tuple[PublishedMean, ...]:
    """Read the averages that the sources print beside their cells.

    Raises:
        LeaderboardError: If the columns are others, or a number is not plain.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        if tuple(reader.fieldnames or ()) != _MEAN_COLUMNS:
            raise LeaderboardError(f"{path}: the columns must be {', '.join(_MEAN_COLUMNS)}")
        rows = list(reader)
    for line, row in enumerate(rows, start=2):
        if not _PLAIN_NUMBER.fullmatch(row["printed"]):
            raise LeaderboardError(
                f"{path}, row {line}, printed: {row['printed']!r} must be one plain number"
            )
    return tuple(
        PublishedMean(
            collection=row["collection"],
            model=row["model"],
            method=row["method"] or None,
            metric=row["metric"],
            tasks=tuple(row["tasks"].split()),
            printed=float(row["printed"]),
            decimals=_decimals(row["printed"]),
            unit_max=float(row["unit_max"]),
            source=row["source"],
        )
        for row in rows
    )


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
    if not _PLAIN_NUMBER.fullmatch(row["printed"]):
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
        collection=path.stem,
        decimals=_decimals(row["printed"]),
    )


def _decimals(printed: str) -> int:
    return len(printed.partition(".")[2])


def _with_decimals(scores: list[PublishedScore]) -> tuple[PublishedScore, ...]:
    """Give every score the most decimals of its source: a transcript may drop a final zero."""
    most: dict[str, int] = {}
    for score in scores:
        most[score.source] = max(most.get(score.source, 0), score.decimals)
    return tuple(replace(score, decimals=most[score.source]) for score in scores)


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
