"""Records of Every Eval Ever (schema 0.3.0): one a model, with our intervals."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flows.boards.metrics import metric_facts
from flows.exporters._outgoing import (
    Cell,
    Outgoing,
    Row,
    file_name,
    folder_path,
    plain_number,
    write_json,
)

_SCHEMA = "0.3.0"
_UNITS = {1.0: "proportion", 100.0: "percent"}


def write(outgoing: Outgoing, folder: Path) -> int:
    """Write `data/<board>/<developer>/<model>/<uuid>.json` for each model.

    Args:
        outgoing: The board.
        folder: An empty folder.

    Raises:
        LeaderboardError: The name of a model is too long for a folder.
    """
    now = f"{datetime.now(UTC).timestamp():.0f}"
    for row in outgoing.rows:
        name = folder_path(row.model)
        # The datastore has exactly two folders under a collection.
        place = name if len(name.parts) == 2 else Path("unknown") / file_name(row.model)
        digest = hashlib.sha256(f"{outgoing.board}\0{outgoing.snapshot}\0{row.model}".encode())
        record = uuid.UUID(bytes=digest.digest()[:16], version=4)
        write_json(
            folder / "data" / file_name(outgoing.board) / place / f"{record}.json",
            _record(outgoing, row, now),
        )
    return len(outgoing.rows)


def _record(outgoing: Outgoing, row: Row, now: str) -> dict[str, Any]:
    developer, slash, _ = row.model.partition("/")
    measured = outgoing.measured
    return {
        "schema_version": _SCHEMA,
        "evaluation_id": f"{outgoing.board}-{outgoing.snapshot}/{row.model}/{now}",
        "retrieved_timestamp": now,
        "source_metadata": {
            "source_name": row.source or outgoing.title,
            "source_type": "evaluation_run" if measured else "documentation",
            "source_organization_name": "unknown",
            "evaluator_relationship": "third_party" if measured else "other",
            "additional_details": {"board": outgoing.board, "snapshot": outgoing.snapshot},
        },
        "eval_library": {
            "name": "rankcheck" if measured else "unknown",
            "version": version("rankcheck") if measured else "unknown",
        },
        "model_info": {
            "name": row.model,
            "id": row.model,
            **({"developer": developer} if slash and developer else {}),
            "additional_details": {
                "deployment_type": "unknown",
                "model_availability": "unknown",
                **{name: _text(fact.value) for name, fact in row.facts.items()},
            },
        },
        "evaluation_results": [_result(cell) for cell in row.cells],
    }


def _text(value: float | bool | str) -> str:
    """Return a fact as text: details of a record are texts."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) else str(plain_number(value))


def _result(cell: Cell) -> dict[str, Any]:
    column = cell.column
    details = {"column": column.name, "split_of": column.split_of}
    return {
        "evaluation_result_id": column.name,
        "evaluation_name": cell.task,
        "source_data": {"dataset_name": cell.task, "source_type": "other"},
        "metric_config": {
            "metric_id": column.metric,
            "metric_name": column.metric,
            "lower_is_better": not column.higher_is_better,
            **_bounds(cell),
            "additional_details": {name: text for name, text in details.items() if text},
        },
        "score_details": {"score": cell.value, **_uncertainty(cell)},
    }


def _bounds(cell: Cell) -> dict[str, Any]:
    """Return unit and largest score, and the smallest one where the metric is known."""
    unit = cell.column.unit_max
    if abs(cell.value) > unit or not cell.column.bounded:
        return {}
    bounds: dict[str, Any] = {"metric_unit": _UNITS[unit]} if unit in _UNITS else {}
    facts = metric_facts(cell.column.metric)
    low = None if facts is None or facts.high != 1 or facts.low is None else facts.low * unit
    if low is None or cell.value < low:
        return {**bounds, "max_score": unit}
    return {**bounds, "score_type": "continuous", "min_score": low, "max_score": unit}


def _uncertainty(cell: Cell) -> dict[str, Any]:
    if cell.interval is None:
        return {}
    interval = {
        "lower": cell.interval.low,
        "upper": cell.interval.high,
        "confidence_level": 0.95,
        "method": "percentile bootstrap over examples",
    }
    return {"uncertainty": {"confidence_interval": interval, "num_samples": cell.interval.n}}
