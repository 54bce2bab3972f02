"""What a run says at its end: on the terminal and as Prefect's artifact."""

from __future__ import annotations

import shutil
from collections import defaultdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from sqlalchemy import bindparam, text

from flows.outcomes import NightReport

if TYPE_CHECKING:
    from db.store import Store
    from flows.night import Night

MEANS = ("arithmetic", "geometric", "harmonic")
_SCORES = text(
    "SELECT checkpoint, task, pooling, whitening, k, spearman, ci_low, ci_high, pairs, "
    "dtype, prompt, max_length FROM sts_scores "
    "WHERE run_id IN (SELECT run_id FROM current_runs WHERE job_key IN :keys) "
    "ORDER BY checkpoint, task, pooling, whitening, k"
).bindparams(bindparam("keys", expanding=True))
_PUBLISHED = text(
    "SELECT checkpoint, task, metric, pooling, published, measured, difference "
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
        ranks = (
            connection.execute(_RANKS, {"boards": list(plan.leaderboards)}).mappings().all()
            if plan.leaderboards
            else []
        )
    for checkpoint, rows in groupby(scores, key=lambda row: row["checkpoint"]):
        console.print(_score_table(checkpoint, rows))
    for checkpoint, rows in groupby(beside, key=lambda row: row["checkpoint"]):
        console.print(_published_table(checkpoint, rows))
    if ranks:
        for _, rows in groupby(ranks, key=lambda row: row["board"]):
            console.print(_rank_table(list(rows)))
    console.print(
        f"\nEvery score, with where it came from, is in {store.place}.  Next:", soft_wrap=True
    )
    console.print(f"  {'make dashboard':42} browse it at http://127.0.0.1:8501")
    # Before the environment is activated the command is not on the path.
    here = "rankcheck" if shutil.which("rankcheck") else str(Path(".venv", "bin", "rankcheck"))
    for arguments, does in (
        ('sql "FROM sts_scores"', "ask it anything in SQL"),
        ("rank superglue --p -5", "re-rank a board under any mean"),
    ):
        console.print(f"  {here + ' ' + arguments:42} {does}")


def _score_table(checkpoint: str, rows: Any) -> Any:
    table = _table(f"{checkpoint}: Spearman ×100", "task", "pooling", "whitening")
    for column in ("k", "Spearman", "95% interval", "pairs"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        interval = (
            ""
            if row["ci_low"] is None
            else f"{100 * row['ci_low']:.1f} … {100 * row['ci_high']:.1f}"
        )
        table.add_row(
            str(row["task"]),
            f"{row['pooling']}{_unusual(row)}",
            *(str(row[c]) for c in ("whitening", "k")),
            f"{100 * row['spearman']:.2f}",
            interval,
            str(row["pairs"]),
        )
    return table


def _unusual(row: Any) -> str:
    """Name what tells a row from another of the same pooling, where it is not the default."""
    parts = [row["dtype"] if row["dtype"] != "float32" else "", row["prompt"]]
    parts.append(f"{row['max_length']} tokens" if row["max_length"] else "")
    said = ", ".join(part for part in parts if part)
    return f" ({said})" if said else ""


def _published_table(checkpoint: str, rows: Any) -> Any:
    title = f"{checkpoint}: published beside measured, ×100"
    table = _table(title, "task", "metric", "pooling")
    for column in ("published", "measured", "difference"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            *(str(row[c]) for c in ("task", "metric", "pooling")),
            *(f"{100 * row[c]:.2f}" for c in ("published", "measured")),
            f"{100 * row['difference']:+.2f}",
        )
    return table


def _table(title: str, *columns: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _rank_table(rows: Any, top: int = 10) -> Any:
    """Models in order of their arithmetic mean, the human row marked and always shown."""
    latest = max(row["snapshot"] for row in rows)
    ranks: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        if row["snapshot"] == latest:
            ranks[row["model"]][row["mean"]] = row
    board = rows[-1]["board"]
    table = _table(f"{board} ({latest}), rank (score), treatment per-task", "model")
    for mean in MEANS:
        table.add_column(mean, justify="right", no_wrap=True)
    ordered = sorted(ranks.items(), key=lambda pair: pair[1]["arithmetic"]["rank"])
    for place, (model, by_mean) in enumerate(ordered):
        human = by_mean["arithmetic"]["is_human"]
        if place >= top and not human:
            continue
        cells = [
            f"{by_mean[m]['rank']}  ({by_mean[m]['score']:.2f})" if m in by_mean else "undefined"
            for m in MEANS
        ]
        name = f"▶ {model} (human)" if human else model
        table.add_row(name, *cells, style="bold green" if human else None)
    if len(ordered) > top:
        table.caption = f"the first {top} of {len(ordered)} ranked, and the human row"
    return table


def _inert(line: str) -> str:
    """Keep an error's text from being read as Markdown."""
    first = line.splitlines()[0] if line else ""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#!" else c for c in first)


def markdown_summary(report: NightReport) -> str:
    """Return the artifact Prefect shows beside the flow run."""
    lines = [
        f"# {report.plan}",
        "",
        "| evaluated | restored | elsewhere | already done | failed |",
        "|---|---|---|---|---|",
        f"| {report.count('evaluated')} | {report.count('restored')} | {report.count('elsewhere')} "
        f"| {report.kept} | {len(report.failure_lines())} |",
        "",
    ]
    for title, found in (
        ("Failed", report.failure_lines()),
        ("Canaries", [drift.sentence() for drift in report.drifts]),
    ):
        if found:
            lines += [f"## {title}", "", *(f"- {_inert(line)}" for line in found), ""]
    rows = [
        (outcome, score)
        for outcome in report.outcomes
        if outcome.result
        for score in outcome.result.scores
        if score.variant.get("aggregate") == "all"
    ]
    if rows:
        lines += [
            "## Scores",
            "",
            "| checkpoint | task | parameters | metric | value | 95% interval |",
            "|---|---|---|---|---|---|",
        ]
    for outcome, score in rows:
        job = outcome.item.job
        chosen = ", ".join(str(job.parameters.get(k, "")) for k in ("pooling", "whitening"))
        interval = f"{score.ci_low:.4f} … {score.ci_high:.4f}" if score.ci_low is not None else ""
        lines.append(
            f"| {outcome.item.subject} | {job.task} | {chosen} | {score.metric} "
            f"| {score.value:.4f} | {interval} |"
        )
    return "\n".join(lines)
