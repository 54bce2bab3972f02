"""Build leaderboards of rankcheck's own measurements: sentence similarity and CLUE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluators.averaging import Board, Column
from flows.boards.stored import PREFIX, stored_board, stored_boards

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
    """Return a name for each variant, with only the details that distinguish it."""
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


CLUE = f"{PREFIX}clue"

# A seed is one sample of the same thing: rows are means over seeds.
_CLUE_SCORES = """
    SELECT checkpoint, checkpoint_digest, mode, head, method, post, selection, max_train, epochs,
        dtype, setting, task, family, split, trained_on, transfer, metric, avg(value) AS value,
        max(finished_at) AS finished_at
    FROM clue_scores
    WHERE max_scored IS NULL
    GROUP BY ALL
    ORDER BY max(finished_at)
"""
_CLUE_KEY = (
    *("checkpoint", "checkpoint_digest", "mode", "head", "method", "post"),
    *("selection", "max_train", "epochs", "dtype"),
)
# Tasks need epochs of their own: these part rows only where a task was measured in several ways.
_OF_TASKS = ("selection", "epochs")
# Heads are chosen by family: what is usual for one must not split a row of the board.
_USUAL_HEADS = frozenset({"", "linear", "interaction", "choice", "span", "tagger"})
_USUAL = {"method": ("", "plain"), "post": ("none",), "dtype": ("float32",)}


def measured_clue(store: Store) -> Board | None:
    """Return every way a checkpoint was used, by task: CLUE's metric, a mean over seeds.

    Returns:
        None where nothing was measured.
    """
    with store.read() as connection:
        found = [dict(row) for row in connection.exec_driver_sql(_CLUE_SCORES).mappings()]
    found = [row for row in found if _is_main(row)]
    return clue_board(found) if found else None


def clue_board(found: Sequence[Mapping[str, Any]]) -> Board:
    """Return the board of rows of `clue_scores`, oldest first; newer rows replace older ones."""
    told = _several(found)
    scores: dict[tuple[Any, ...], dict[str, float]] = {}
    metrics: dict[str, str] = {}
    for row in found:
        scores.setdefault(_key(row, told), {})[_column(row)] = float(row["value"])
        metrics[_column(row)] = row["metric"]
    named = sorted((name, key) for key, name in _clue_names(list(scores)).items())
    columns = sorted(metrics)
    values = [[scores[key].get(column, np.nan) for column in columns] for _, key in named]
    return Board(
        name=CLUE,
        snapshot=max(row["finished_at"] for row in found).date().isoformat(),
        models=tuple(name for name, _ in named),
        columns=tuple(Column(name, name, metrics[name], unit_max=1.0) for name in columns),
        values=np.array(values),
        title="CLUE, measured here",
        sources=tuple(f"weights {key[1][:12]}" if key[1] else "" for _, key in named),
        notes="The metric of CLUE's own table for each task, a mean over seeds, on the splits that"
        " have labels: not CLUE's hidden test sets. A column names its training set where it is"
        " another task's.",
    )


def _is_main(row: Mapping[str, Any]) -> bool:
    from evaluators.clue import tasks

    return row["task"] in tasks.names() and row["metric"] == tasks.find(row["task"]).main_metric


def _column(row: Mapping[str, Any]) -> str:
    from evaluators.clue import tasks

    task = tasks.find(row["task"])
    name = row["task"] if row["split"] == task.scored else f"{row['task']}/{row['split']}"
    own = not row["transfer"] and row["trained_on"] in ("", task.train)
    return name if own else f"{name} (trained on {row['trained_on']})"


_Told = frozenset[tuple[tuple[Any, ...], str]]


def _several(found: Sequence[Mapping[str, Any]]) -> _Told:
    """Return which keys part rows: those in which a task was measured in several ways."""
    ways: dict[tuple[tuple[Any, ...], str, str], set[Any]] = {}
    for row in found:
        for name in _OF_TASKS:
            ways.setdefault((_key(row, frozenset()), _column(row), name), set()).add(row[name])
    return frozenset((key, name) for (key, _, name), values in ways.items() if len(values) > 1)


def _key(row: Mapping[str, Any], told: _Told) -> tuple[Any, ...]:
    said = dict(row)
    if row["head"] in _USUAL_HEADS:
        said["head"] = ""
    for name in _OF_TASKS:
        if row[name] != "as-published":  # such scores are too high, and never go with others
            said[name] = ""
    whole = tuple(said[name] for name in _CLUE_KEY)
    return tuple(
        row[name] if name in _OF_TASKS and (whole, name) in told else value
        for name, value in zip(_CLUE_KEY, whole, strict=True)
    )


def _clue_names(keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Return a name for each configuration, with only the details that distinguish it."""
    names = {}
    for key in keys:
        said = dict(zip(_CLUE_KEY, key, strict=True))
        alike = [
            dict(zip(_CLUE_KEY, other, strict=True))
            for other in keys
            if other[0] == key[0] and other[2] == said["mode"]
        ]

        def varies(name: str, among: Sequence[Mapping[str, Any]] = alike) -> bool:
            return len({one[name] for one in among}) > 1

        parts = [f"{said['checkpoint']} {said['mode']}".strip()]
        parts += [str(said["head"])] if said["head"] else []
        for name, usual in _USUAL.items():
            if said[name] not in usual:
                parts.append(str(said[name]))
        if said["selection"] and varies("selection"):
            parts.append(str(said["selection"]))
        if varies("max_train"):
            some = "all examples" if said["max_train"] is None else f"{said['max_train']} examples"
            parts.append(some)
        if said["epochs"] and varies("epochs"):
            parts.append(f"{said['epochs']} epochs")
        if varies("checkpoint_digest"):
            parts.append(f"weights {said['checkpoint_digest'][:8]}")
        names[key] = ", ".join(parts)
    return names


def store_measured_boards(store: Store) -> int:
    """Keep what was measured as boards, with their ranks, where it changed since the last time.

    A snapshot is named by the day, UTC, of its newest run; a day whose numbers are those of the
    snapshot before makes none.

    Returns:
        How many boards were written.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from flows.boards.importing import keep
    from flows.importers._draft import Imported

    if not store.exists():
        return 0
    written = 0
    for board in (measured_sts(store), measured_clue(store)):
        if board is None:
            continue
        source = f"measured by rankcheck: see the view {board.name.removeprefix(PREFIX)}_scores"
        latest = _unless_unchanged(store, board)
        outcome, rankings = keep(store, Imported(latest, source, dated=latest.snapshot))
        written += int(outcome != "unchanged" or rankings > 0)
    return written


def _unless_unchanged(store: Store, board: Board) -> Board:
    """Return the newest snapshot where it has the same numbers."""
    for snapshot in stored_boards(store).get(board.name, ())[-1:]:
        before = stored_board(store, board.name, snapshot)
        if _same(before, board):
            return before
    return board


def _same(one: Board, other: Board) -> bool:
    return (
        one.models == other.models
        and one.columns == other.columns
        and np.array_equal(one.values, other.values, equal_nan=True)
    )
