"""Build leaderboards of rankcheck's own measurements: STS and CLUE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from evaluators.averaging import Board, Column
from evaluators.averaging.board import Role
from evaluators.model_facts.facts import Fact
from flows.boards.stored import PREFIX, stored_board, stored_boards

if TYPE_CHECKING:
    from db.store import Store


STS = f"{PREFIX}sts"
SAMPLES = ("SampleEN", "SampleZH")
"""The pairs written for this project, which are no benchmark."""

_SCORES = """
    SELECT checkpoint, checkpoint_digest, task, pooling, whitening, prompt, max_length, dtype, seed,
        spearman, ci_low, ci_high, pairs AS n, 1 AS runs, finished_at, k, (
            SELECT max(resolved_revision) FROM checkpoints
            WHERE checkpoints.checkpoint_digest = sts_scores.checkpoint_digest
        ) AS revision
    FROM sts_scores
    WHERE is_full AND spearman IS NOT NULL AND NOT is_copy
    ORDER BY finished_at, run_id
"""
_KEY = (
    *("checkpoint", "checkpoint_digest", "pooling", "whitening"),
    *("prompt", "max_length", "dtype", "seed"),
)


def measured_sts(store: Store) -> Board | None:
    """Return the board of STS scores at each checkpoint's full width.

    Returns:
        None where nothing was measured.
    """
    with store.read() as connection:
        rows = [dict(row) for row in connection.exec_driver_sql(_SCORES).mappings()]
    if not rows:
        return None
    return sts_board(rows, max(row["finished_at"] for row in rows))


def sts_board(rows: Sequence[Mapping[str, Any]], newest: datetime) -> Board:
    """Build the board of STS scores; a newer row replaces an older one.

    Args:
        rows: Rows with the columns of `sts_scores`, oldest first.
        newest: When the newest run ended, UTC.
    """
    scores: dict[tuple[Any, ...], dict[str, float]] = {}
    facts: dict[tuple[Any, ...], dict[str, Fact]] = {}
    for row in rows:
        key = tuple(row[name] for name in _KEY)
        scores.setdefault(key, {})[row["task"]] = float(row["spearman"])
        facts[key] = _facts(row)
    named = sorted((name, key) for key, name in _names(list(scores)).items())
    tasks = sorted({task for by_task in scores.values() for task in by_task})
    values = [[scores[key].get(task, np.nan) for task in tasks] for _, key in named]
    roles = _roles(tasks)
    return Board(
        name=STS,
        snapshot=newest.date().isoformat(),
        models=tuple(name for name, _ in named),
        columns=tuple(
            Column(task, task, "spearman", role=roles[task], unit_max=1.0) for task in tasks
        ),
        values=np.array(values),
        title="STS, measured here",
        sources=tuple(f"weights {key[_KEY.index('checkpoint_digest')][:12]}" for _, key in named),
        notes="Spearman's rank correlation at the full width of each checkpoint. The bundled"
        " samples check that everything works: they count only where nothing else was measured.",
        facts=tuple(facts[key] for _, key in named),
    )


def _roles(tasks: Sequence[str]) -> dict[str, Role]:
    """Return each task's role: a bundled sample counts only where there is no benchmark.

    Else a checkpoint that was measured on benchmarks alone would have a gap, and no rank.
    """
    samples = [task for task in tasks if task in SAMPLES]
    if len(samples) == len(tasks):
        return dict.fromkeys(tasks, "main")
    return {task: "diagnostic" if task in samples else "main" for task in tasks}


def _facts(row: Mapping[str, Any]) -> dict[str, Fact]:
    """Return what the store knows of a row's checkpoint."""
    stated = {
        "dimensions": float(row["k"]) if row.get("k") else None,
        "precision": row["dtype"],
        "revision": row.get("revision"),
    }
    return {name: Fact(value) for name, value in stated.items() if value}


def _names(keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Return a name for each variant, with only the details that distinguish it."""
    names = {}
    for key in keys:
        variant = dict(zip(_KEY, key, strict=True))
        siblings = [dict(zip(_KEY, k, strict=True)) for k in keys if k[0] == variant["checkpoint"]]

        def varies(name: str, variants: Sequence[Mapping[str, Any]] = siblings) -> bool:
            return len({sibling[name] for sibling in variants}) > 1

        parts = [f"{variant['checkpoint']} {variant['pooling']}"]
        if variant["whitening"] != "none":
            parts.append(f"whitening {variant['whitening']}")
        if variant["prompt"]:
            parts.append(f"prompt {variant['prompt']!r}")
        if variant["max_length"] is not None:
            parts.append(f"{variant['max_length']} tokens")
        if variant["dtype"] != "float32":
            parts.append(str(variant["dtype"]))
        if varies("checkpoint_digest"):
            parts.append(f"weights {variant['checkpoint_digest'][:8]}")
        if varies("seed"):
            parts.append(f"seed {variant['seed']}")
        names[key] = ", ".join(parts)
    return names


CLUE = f"{PREFIX}clue"

# A seed is one sample of the same thing: rows are means over seeds.
_CLUE_SCORES = """
    SELECT checkpoint, checkpoint_digest, mode, head, method, post, selection, max_train, epochs,
        dtype, setting, task, family, split, trained_on, transfer, metric, avg(value) AS value,
        min(ci_low) AS ci_low, max(ci_high) AS ci_high, min(n) AS n, count(*) AS runs,
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
# Each task needs its own epochs: split rows by these only if a task was measured in several ways.
_OF_TASKS = ("selection", "epochs")
# Heads are chosen by family: the usual head of a family must not split a row of the board.
_USUAL_HEADS = frozenset({"", "linear", "interaction", "choice", "span", "tagger"})
_USUAL = {"method": ("", "plain"), "post": ("none",), "dtype": ("float32",)}


def measured_clue(store: Store) -> Board | None:
    """Return the board of CLUE scores, each a mean over seeds.

    Returns:
        None where nothing was measured.
    """
    with store.read() as connection:
        rows = [dict(row) for row in connection.exec_driver_sql(_CLUE_SCORES).mappings()]
    rows = [row for row in rows if _is_main(row)]
    return clue_board(rows) if rows else None


def clue_board(rows: Sequence[Mapping[str, Any]]) -> Board:
    """Build the board of CLUE scores; a newer row replaces an older one."""
    distinguishing = _distinguishing(rows)
    scores: dict[tuple[Any, ...], dict[str, float]] = {}
    metrics: dict[str, str] = {}
    for row in rows:
        scores.setdefault(_key(row, distinguishing), {})[_column(row)] = float(row["value"])
        metrics[_column(row)] = row["metric"]
    named = sorted((name, key) for key, name in _clue_names(list(scores)).items())
    columns = sorted(metrics)
    values = [[scores[key].get(column, np.nan) for column in columns] for _, key in named]
    return Board(
        name=CLUE,
        snapshot=max(row["finished_at"] for row in rows).date().isoformat(),
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
    usual = not row["transfer"] and row["trained_on"] in ("", task.train)
    return name if usual else f"{name} (trained on {row['trained_on']})"


_Distinguishing = frozenset[tuple[tuple[Any, ...], str]]


def _distinguishing(rows: Sequence[Mapping[str, Any]]) -> _Distinguishing:
    """Return the keys that split a row, as a task was measured with several values."""
    seen_values: dict[tuple[tuple[Any, ...], str, str], set[Any]] = {}
    for row in rows:
        for name in _OF_TASKS:
            seen_values.setdefault((_key(row, frozenset()), _column(row), name), set()).add(
                row[name]
            )
    return frozenset(
        (key, name) for (key, _, name), values in seen_values.items() if len(values) > 1
    )


def _key(row: Mapping[str, Any], distinguishing: _Distinguishing) -> tuple[Any, ...]:
    parts = dict(row)
    if row["head"] in _USUAL_HEADS:
        parts["head"] = ""
    for name in _OF_TASKS:
        if row[name] != "as-published":  # as-published scores are too high to share a row
            parts[name] = ""
    key = tuple(parts[name] for name in _CLUE_KEY)
    return tuple(
        row[name] if name in _OF_TASKS and (key, name) in distinguishing else value
        for name, value in zip(_CLUE_KEY, key, strict=True)
    )


def _clue_names(keys: Sequence[tuple[Any, ...]]) -> dict[tuple[Any, ...], str]:
    """Return a name for each configuration, with only the details that distinguish it."""
    names = {}
    for key in keys:
        configuration = dict(zip(_CLUE_KEY, key, strict=True))
        siblings = [
            dict(zip(_CLUE_KEY, other, strict=True))
            for other in keys
            if other[0] == key[0] and other[2] == configuration["mode"]
        ]

        def varies(name: str, configurations: Sequence[Mapping[str, Any]] = siblings) -> bool:
            return len({sibling[name] for sibling in configurations}) > 1

        parts = [f"{configuration['checkpoint']} {configuration['mode']}".strip()]
        parts += [str(configuration["head"])] if configuration["head"] else []
        for name, usual in _USUAL.items():
            if configuration[name] not in usual:
                parts.append(str(configuration[name]))
        if configuration["selection"] and varies("selection"):
            parts.append(str(configuration["selection"]))
        if varies("max_train"):
            examples = (
                "all examples"
                if configuration["max_train"] is None
                else f"{configuration['max_train']} examples"
            )
            parts.append(examples)
        if configuration["epochs"] and varies("epochs"):
            parts.append(f"{configuration['epochs']} epochs")
        if varies("checkpoint_digest"):
            parts.append(f"weights {configuration['checkpoint_digest'][:8]}")
        names[key] = ", ".join(parts)
    return names


@dataclass(frozen=True)
class CellInterval:
    """The 95% interval of one measured cell, and how many examples it rests on."""

    low: float
    high: float
    n: int


def measured_intervals(store: Store, board: Board) -> dict[tuple[str, str], CellInterval]:
    """Return the intervals of a measured board's cells, by model and column.

    They are bootstrap intervals over examples. A mean over seeds has none of these, nor has a cell
    whose number is no longer the newest measured one.
    """
    query = {STS: _SCORES, CLUE: _CLUE_SCORES}.get(board.name)
    if query is None or not store.exists():
        return {}
    with store.read() as connection:
        rows = [dict(row) for row in connection.exec_driver_sql(query).mappings()]
    if board.name == STS:
        keys = [tuple(row[name] for name in _KEY) for row in rows]
        names, columns, value = _names(list(dict.fromkeys(keys))), "task", "spearman"
    else:
        rows = [{**row, "column": _column(row)} for row in rows if _is_main(row)]
        distinguishing = _distinguishing(rows)
        keys = [_key(row, distinguishing) for row in rows]
        names, columns, value = _clue_names(list(dict.fromkeys(keys))), "column", "value"
    model_at = {model: i for i, model in enumerate(board.models)}
    column_at = {column.name: j for j, column in enumerate(board.columns)}
    found = {}
    for row, key in zip(rows, keys, strict=True):
        place = names[key], row[columns]
        i, j = model_at.get(place[0]), column_at.get(place[1])
        if i is None or j is None or row["ci_low"] is None or row["runs"] > 1:
            continue
        if board.values[i, j] == row[value]:
            found[place] = CellInterval(row["ci_low"], row["ci_high"], row["n"])
    return found


def store_measured_boards(store: Store) -> int:
    """Store the measured boards that changed since the last time, with their ranks.

    A snapshot is named by the day (UTC) of its newest run. If the numbers equal those of the
    snapshot before, no snapshot is added.

    Returns:
        How many boards were written.

    Raises:
        StoreBusy: When the store stayed locked.
    """
    from flows.boards.importing import keep
    from flows.importers._draft import Imported

    if not store.exists():
        return 0
    with store.together():
        measured = (measured_sts(store), measured_clue(store))
        boards = [_unless_unchanged(store, board) for board in measured if board is not None]
    written = 0
    for latest in boards:
        source = f"measured by rankcheck: see the view {latest.name.removeprefix(PREFIX)}_scores"
        outcome, rankings = keep(store, Imported(latest, source, dated=latest.snapshot))
        written += int(outcome != "unchanged" or rankings > 0)
    return written


def _unless_unchanged(store: Store, board: Board) -> Board:
    """Return the newest stored snapshot if its numbers are the same, else the board."""
    for snapshot in stored_boards(store).get(board.name, ())[-1:]:
        previous = stored_board(store, board.name, snapshot)
        if _same(previous, board):
            return previous
    return board


def _same(left: Board, right: Board) -> bool:
    return (
        left.models == right.models
        and left.columns == right.columns
        and np.array_equal(left.values, right.values, equal_nan=True)
    )
