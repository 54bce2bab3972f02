"""The tables that a run prints at its end."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from db.store import Store

MEANS = ("arithmetic", "geometric", "harmonic")


def score_table(checkpoint: str, rows: Any) -> Any:
    """Spearman of one checkpoint, with its interval."""
    table = new_table(f"{checkpoint}: Spearman ×100", "task", "pooling", "whitening")
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


def published_table(checkpoint: str, rows: Any) -> Any:
    """Published numbers beside ours."""
    title = f"{checkpoint}: published beside measured, ×100"
    table = new_table(title, "task", "metric", "pooling")
    for column in ("published", "measured", "difference"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            *(str(row[c]) for c in ("task", "metric", "pooling")),
            *(f"{100 * row[c]:.2f}" for c in ("published", "measured")),
            f"{100 * row['difference']:+.2f}",
        )
    return table


def new_table(title: str, *columns: str) -> Any:
    """Return an empty table with columns of text."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def rank_table(rows: Any, top: int = 10) -> Any:
    """Models in order of their arithmetic mean, the human row marked and always shown."""
    latest = max(row["snapshot"] for row in rows)
    ranks: dict[str, dict[str, Any]] = defaultdict(dict)
    for row in rows:
        if row["snapshot"] == latest:
            ranks[row["model"]][row["mean"]] = row
    board = rows[-1]["board"]
    table = new_table(f"{board} ({latest}), rank (score), treatment per-task", "model")
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


def claims_table(store: Store) -> Any:
    """Each claim with the verdict where it was made, by what number."""
    from flows.reports.claims import headline
    from flows.reports.verdicts import asserted, verdicts

    table = new_table("Claims", "claim", "verdict")
    table.add_column("number", justify="right", no_wrap=True)
    table.add_column("in short")
    found = verdicts(store)
    for name, claim in asserted(store).items():
        shown = headline(claim, found)
        if shown is None:
            continue
        colour = {"holds": "green", "refuted": "red"}.get(shown.verdict, "yellow")
        number = "" if shown.statistic is None else f"{shown.statistic:.4g}"
        table.add_row(name, f"[{colour}]{shown.verdict}[/{colour}]", number, claim.title)
    table.caption = "rankcheck claims ID: the rule, the board, the number and its interval"
    return table
