"""What a run says at its end on the terminal."""

from __future__ import annotations

import shutil
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import bindparam, text

from flows.clue_table import clue_rows, clue_table
from flows.summary_tables import claims_table, published_table, rank_table, score_table

if TYPE_CHECKING:
    from db.store import Store
    from flows.night import Night

_SCORES = text(
    "SELECT checkpoint, task, pooling, whitening, k, spearman, ci_low, ci_high, pairs, "
    "dtype, prompt, max_length FROM sts_scores "
    "WHERE run_id IN (SELECT run_id FROM current_runs WHERE job_key IN :keys) "
    "ORDER BY checkpoint, task, pooling, whitening, k"
).bindparams(bindparam("keys", expanding=True))
_PUBLISHED = text(
    "SELECT checkpoint, task, metric, coalesce(method, pooling) AS pooling, published, measured, "
    "difference "
    "FROM published_vs_measured "
    "WHERE run_id IN (SELECT run_id FROM current_runs WHERE job_key IN :keys) "
    "ORDER BY checkpoint, metric DESC, task"
).bindparams(bindparam("keys", expanding=True))
_RANKS = text(
    "SELECT board, snapshot, mean, model, is_human, score, rank FROM ranks "
    "WHERE treatment = 'per-task' AND board IN :boards AND rank IS NOT NULL "
    "AND mean IN ('arithmetic', 'geometric', 'harmonic') "
    "ORDER BY board, snapshot, rank"
).bindparams(bindparam("boards", expanding=True))


def print_plan(night: Night) -> None:
    """Say what would run."""
    for item in night.todo:
        given = ", ".join(f"{k}={v}" for k, v in item.job.parameters.items() if v not in ("", None))
        print(f"{item.subject}  {item.job.task}  {item.why}  ({given})")
    print(f"{len(night.todo)} to run, {night.done} done, {len(night.failures)} inputs missing")
    for failure in night.failures:
        click.echo(f"missing: {failure.checkpoint} {failure.task}: {failure.error}", err=True)


def print_summary(store: Store, night: Night) -> None:
    """Print scores, ranks, where the store is and what to try next, on standard output."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    plan = night.plan
    given = {"keys": list(night.job_keys) or [""]}
    with store.read() as connection:
        scores = connection.execute(_SCORES, given).mappings().all()
        beside = connection.execute(_PUBLISHED, given).mappings().all()
        clue = clue_rows(connection, night.job_keys)
        ranks = (
            connection.execute(_RANKS, {"boards": list(plan.leaderboards)}).mappings().all()
            if plan.leaderboards
            else []
        )
    for checkpoint, rows in groupby(scores, key=lambda row: row["checkpoint"]):
        console.print(score_table(checkpoint, rows))
    for checkpoint, rows in groupby(beside, key=lambda row: row["checkpoint"]):
        console.print(published_table(checkpoint, rows))
    if clue:
        console.print(clue_table(clue))
    if ranks:
        for _, rows in groupby(ranks, key=lambda row: row["board"]):
            console.print(rank_table(list(rows)))
    console.print(claims_table(store))
    console.print(
        f"\nEvery score, with where it came from, is in {store.place}.  Next:", soft_wrap=True
    )
    console.print(f"  {'make dashboard':42} browse it at http://127.0.0.1:8501")
    # Before the environment is activated the command is not on the path.
    here = "rankcheck" if shutil.which("rankcheck") else str(Path(".venv", "bin", "rankcheck"))
    for arguments, does in (
        ('sql "FROM sts_scores"', "ask it anything in SQL"),
        ("rank superglue --p -5", "re-rank a board under any mean"),
        ("claims averaging-c4", "see what decided a claim"),
    ):
        console.print(f"  {here + ' ' + arguments:42} {does}")
