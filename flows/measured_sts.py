"""Sentence similarity that rankcheck measured itself, as a board: checkpoints × tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluators.averaging import Board, Column
from flows.board_store import PREFIX

if TYPE_CHECKING:
    from db.store import Store

STS = f"{PREFIX}sts"

_SCORES = """
    SELECT checkpoint, checkpoint_digest, task, pooling, whitening, prompt, max_length, dtype, seed,
        spearman, finished_at
    FROM sts_scores
    WHERE is_full AND spearman IS NOT NULL
    ORDER BY finished_at, run_id
"""
_KEY = (
    *("checkpoint", "checkpoint_digest", "pooling", "whitening"),
    *("prompt", "max_length", "dtype", "seed"),
)


def measured_sts(store: Store) -> Board | None:
    """Return every checkpoint, pooling and whitening by task, at the checkpoint's full width.

    Returns:
        None where nothing was measured.
    """
    with store.read() as connection:
        found = [dict(row) for row in connection.exec_driver_sql(_SCORES).mappings()]
    if not found:
        return None
    return sts_board(found, max(row["finished_at"] for row in found))


def sts_board(found: Sequence[Mapping[str, Any]], newest: datetime) -> Board:
    """Return the board of rows of `sts_scores`, oldest first; a newer row replaces an older one.

    Args:
        found: Rows with the columns of `sts_scores`.
        newest: When the newest of them ended, UTC.
    """
    scores: dict[tuple[Any, ...], dict[str, float]] = {}
    for row in found:
        key = tuple(row[name] for name in _KEY)
        scores.setdefault(key, {})[row["task"]] = float(row["spearman"])
    named = sorted((name, key) for key, name in _names(list(scores)).items())
    tasks = sorted({task for own in scores.values() for task in own})
    values = [[scores[key].get(task, np.nan) for task in tasks] for _, key in named]
    return Board(
        name=STS,
        snapshot=newest.date().isoformat(),
        models=tuple(name for name, _ in named),
        columns=tuple(Column(task, task, "spearman", unit_max=1.0) for task in tasks),
        values=np.array(values),
        title="STS, measured here",
        sources=tuple(f"weights {key[_KEY.index('checkpoint_digest')][:12]}" for _, key in named),
        notes="Spearman's rank correlation at the full width of each checkpoint.",
    )


def _names(keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Return a name for each variant: what is usual is not said, what tells two apart is."""
    names = {}
    for key in keys:
        said = dict(zip(_KEY, key, strict=True))
        siblings = [dict(zip(_KEY, k, strict=True)) for k in keys if k[0] == said["checkpoint"]]

        def varies(name: str, among: Sequence[Mapping[str, Any]] = siblings) -> bool:
            return len({sibling[name] for sibling in among}) > 1

        parts = [f"{said['checkpoint']} {said['pooling']}"]
        if said["whitening"] != "none":
            parts.append(f"whitening {said['whitening']}")
        if said["prompt"]:
            parts.append(f"prompt {said['prompt']!r}")
        if said["max_length"] is not None:
            parts.append(f"{said['max_length']} tokens")
        if said["dtype"] != "float32":
            parts.append(str(said["dtype"]))
        if varies("checkpoint_digest"):
            parts.append(f"weights {said['checkpoint_digest'][:8]}")
        if varies("seed"):
            parts.append(f"seed {said['seed']}")
        names[key] = ", ".join(parts)
    return names
