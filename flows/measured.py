"""What rankcheck measured itself as a leaderboard like any other: checkpoints × tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluators.averaging import Board, Column

if TYPE_CHECKING:
    from db.store import Store

PREFIX = "measured-"
"""How the names of measured boards begin; no import may take one."""

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


def store_measured_boards(store: Store) -> int:
    """Keep what was measured as boards, with their ranks, where it changed since the last time.

    A snapshot is named by the day, UTC, of its newest run; a day whose numbers are those of the
    snapshot before makes none.

    Returns:
        How many boards were written: 0 or 1, as long as STS is what is measured.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from flows.importing.draft import Imported
    from flows.importing.keep import keep

    board = measured_sts(store)
    if board is None:
        return 0
    source = "measured by rankcheck: see the view sts_scores"
    outcome, rankings = keep(store, Imported(board, source, dated=board.snapshot))
    return int(outcome != "unchanged" or rankings > 0)


def measured_sts(store: Store) -> Board | None:
    """Return every checkpoint, pooling and whitening by task, at the checkpoint's full width.

    Returns:
        None where nothing was measured; the snapshot before, where nothing has changed since.
    """
    from flows.board_store import stored_board, stored_boards

    if not store.exists():
        return None
    with store.read() as connection:
        found = [dict(row) for row in connection.exec_driver_sql(_SCORES).mappings()]
    if not found:
        return None
    newest = max(row["finished_at"] for row in found)
    board = sts_board(found, newest)
    for snapshot in stored_boards(store).get(STS, ())[-1:]:
        before = stored_board(store, STS, snapshot)
        if _same(before, board):
            return before
    return board


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


def _same(one: Board, other: Board) -> bool:
    return (
        one.models == other.models
        and one.columns == other.columns
        and np.array_equal(one.values, other.values, equal_nan=True)
    )
