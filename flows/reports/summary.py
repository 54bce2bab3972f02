"""Summarise a plan run: on the terminal, and as Markdown for Prefect."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click
from sqlalchemy import bindparam, text

from flows.runs.outcomes import RunReport

if TYPE_CHECKING:
    from rich.table import Table
    from sqlalchemy import Connection, RowMapping

    from db.store import Store
    from flows.runs.prepare import PlannedRun


_MEANS = ("arithmetic", "geometric", "harmonic")
_SCORES = text(
    "SELECT checkpoint, task, pooling, whitening, k, spearman, ci_low, ci_high, pairs, "
    "dtype, prompt, max_length FROM sts_scores "
    "WHERE checkpoint IN :names "
    "AND run_id IN (SELECT run_id FROM current_runs WHERE job_key IN :keys) "
    "ORDER BY checkpoint, task, pooling, whitening, k"
).bindparams(bindparam("keys", expanding=True), bindparam("names", expanding=True))
_CLASSIFIED = text(
    "SELECT checkpoint, task, pooling, whitening, k, ap, accuracy, accuracy_low, accuracy_high, f1,"
    " pairs, dtype, prompt, max_length FROM pair_classification_scores "
    "WHERE similarity = 'max' AND checkpoint IN :names "
    "AND run_id IN (SELECT run_id FROM current_runs WHERE job_key IN :keys) "
    "ORDER BY checkpoint, task, pooling, whitening, k"
).bindparams(bindparam("keys", expanding=True), bindparam("names", expanding=True))
_PUBLISHED = text(
    "SELECT checkpoint, task, metric, coalesce(method, pooling) AS pooling, published, measured, "
    "difference "
    "FROM published_vs_measured "
    "WHERE (checkpoint IN :names OR method IS NOT NULL) "
    "AND run_id IN (SELECT run_id FROM current_runs WHERE job_key IN :keys) "
    "ORDER BY checkpoint, metric DESC, task"
).bindparams(bindparam("keys", expanding=True), bindparam("names", expanding=True))
# Planning a question of a view takes up to a tenth of a second, also where it has no answer. These
# ask the tables first.
_ANY_CLASSIFIED = text(
    "SELECT EXISTS (FROM scores WHERE metric = 'max_ap' AND run_id IN "
    "(SELECT run_id FROM runs WHERE job_key IN :keys))"
).bindparams(bindparam("keys", expanding=True))
_ANY_PUBLISHED = text(
    "SELECT EXISTS (FROM runs WHERE job_key IN :keys AND task IN "
    "(SELECT task FROM published_scores UNION ALL SELECT task FROM mteb_cells))"
).bindparams(bindparam("keys", expanding=True))
_ANY_CLUE = text(
    "SELECT EXISTS (FROM runs WHERE job_key IN :keys AND evaluator = 'clue')"
).bindparams(bindparam("keys", expanding=True))
_RANKS = text(
    "SELECT board, snapshot, mean, model, is_human, score, rank FROM ranks "
    "WHERE treatment = 'per-task' AND board IN :boards AND rank IS NOT NULL "
    "AND mean IN ('arithmetic', 'geometric', 'harmonic') "
    "ORDER BY board, snapshot, rank"
).bindparams(bindparam("boards", expanding=True))
# A row is the mean over all its seeds, whichever plan measured them.
_CLUE = text(
    """
    SELECT * FROM clue_means
    WHERE list_has_any(run_ids,
        (SELECT list(run_id) FROM current_runs WHERE job_key IN :keys))
    ORDER BY task, metric, value DESC, mode
    """
).bindparams(bindparam("keys", expanding=True))


def published_rows(
    connection: Connection, keys: Sequence[str], names: Sequence[str]
) -> Sequence[RowMapping]:
    """Return the published scores that jobs can be compared with, beside those of the jobs."""
    named = {"keys": list(keys) or [""], "names": list(names) or [""]}
    if not connection.execute(_ANY_PUBLISHED, {"keys": named["keys"]}).scalar():
        return []
    return connection.execute(_PUBLISHED, named).mappings().all()


def _classified_rows(connection: Connection, named: dict[str, list[str]]) -> Sequence[RowMapping]:
    """Return the scores of jobs on pairs of two classes."""
    if not connection.execute(_ANY_CLASSIFIED, {"keys": named["keys"]}).scalar():
        return []
    return connection.execute(_CLASSIFIED, named).mappings().all()


def print_plan(planned: PlannedRun) -> None:
    """Print the jobs that would run."""
    for item in planned.todo:
        parameters = ", ".join(
            f"{k}={v}" for k, v in item.job.parameters.items() if v not in ("", None)
        )
        print(f"{item.subject}  {item.job.task}  {item.why}  ({parameters})")
    print(
        f"{len(planned.todo)} to run, {planned.done} done, {len(planned.failures)} inputs"
        " unavailable"
    )
    for failure in planned.failures:
        click.echo(f"unavailable: {failure.checkpoint} {failure.task}: {failure.error}", err=True)
    for missing in planned.left_out:
        click.echo(f"left out: {missing.checkpoint}: {missing.error}", err=True)


def print_summary(store: Store, planned: PlannedRun) -> None:
    """Print scores, ranks, the place of the store and further commands."""
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=False)
    plan = planned.plan
    keys = list(planned.job_keys) or [""]
    # Other plans may have other names for the same checkpoints.
    named = {"keys": keys, "names": list(planned.checkpoints) or [""]}
    with store.together():
        with store.read() as connection:
            scores = connection.execute(_SCORES, named).mappings().all()
            classified = _classified_rows(connection, named)
            published = published_rows(connection, keys, list(planned.checkpoints))
            clue = clue_rows(connection, planned.job_keys)
            ranks = (
                connection.execute(_RANKS, {"boards": list(plan.leaderboards)}).mappings().all()
                if plan.leaderboards
                else []
            )
        claims = _claims_table(store, console.width)
    for checkpoint, rows in groupby(scores, key=lambda row: row["checkpoint"]):
        console.print(_score_table(checkpoint, rows))
    for checkpoint, rows in groupby(classified, key=lambda row: row["checkpoint"]):
        console.print(_classified_table(checkpoint, rows))
    for checkpoint, rows in groupby(published, key=lambda row: row["checkpoint"]):
        console.print(_published_table(checkpoint, rows))
    if clue:
        console.print(clue_table(clue))
    if ranks:
        for _, rows in groupby(ranks, key=lambda row: row["board"]):
            console.print(_rank_table(list(rows)))
    console.print(claims)
    console.print(f"\nAll scores and their provenance are in {store.place}.  Next:", soft_wrap=True)
    # Without an activated environment, the command is not on the path.
    command = "rankcheck" if shutil.which("rankcheck") else str(Path(".venv", "bin", "rankcheck"))
    for arguments, description in (
        ("dashboard", "browse it at http://127.0.0.1:8501"),
        ('sql "FROM sts_scores"', "query it in SQL"),
        ("rank superglue --p -5", "re-rank a board under any mean"),
        ("claims averaging-c4", "show the evidence for a claim"),
    ):
        console.print(f"  {command + ' ' + arguments:42} {description}")


def _score_table(checkpoint: str, rows: Iterable[RowMapping]) -> Table:
    """Return the table of one checkpoint's Spearman correlations."""
    table = _new_table(f"{checkpoint}: Spearman ×100", "task", "pooling", "whitening")
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


def _classified_table(checkpoint: str, rows: Iterable[RowMapping]) -> Table:
    """Return the table of one checkpoint's scores on pairs of two classes."""
    title = f"{checkpoint}: pairs of two classes, the best of four similarities, ×100"
    table = _new_table(title, "task", "pooling", "whitening")
    for column in ("k", "AP", "accuracy", "on new pairs, 95%", "F1", "pairs"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        low, high = row["accuracy_low"], row["accuracy_high"]
        table.add_row(
            str(row["task"]),
            f"{row['pooling']}{_unusual(row)}",
            *(str(row[c]) for c in ("whitening", "k")),
            *(f"{100 * row[c]:.2f}" for c in ("ap", "accuracy")),
            "" if low is None else f"{100 * low:.1f} … {100 * high:.1f}",
            f"{100 * row['f1']:.2f}",
            str(row["pairs"]),
        )
    return table


def _unusual(row: RowMapping) -> str:
    """Return the settings of a row that differ from the defaults."""
    parts = [row["dtype"] if row["dtype"] != "float32" else "", row["prompt"]]
    parts.append(f"{row['max_length']} tokens" if row["max_length"] else "")
    settings = ", ".join(part for part in parts if part)
    return f" ({settings})" if settings else ""


def _published_table(checkpoint: str, rows: Iterable[RowMapping]) -> Table:
    """Return the table of published numbers beside ours."""
    title = f"{checkpoint}: published beside measured, ×100"
    table = _new_table(title, "task", "metric", "pooling")
    for column in ("published", "measured", "difference"):
        table.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        table.add_row(
            *(str(row[c]) for c in ("task", "metric", "pooling")),
            *(f"{100 * row[c]:.2f}" for c in ("published", "measured")),
            f"{100 * row['difference']:+.2f}",
        )
    return table


def clue_rows(connection: Connection, job_keys: Sequence[str]) -> list[RowMapping]:
    """Return the CLUE scores of jobs: each task's main metric, a mean over seeds.

    For a task with a positive class, F1 is included: a model that never predicts the class could
    look good otherwise.
    """
    from evaluators.clue import tasks

    keys = {"keys": list(job_keys) or [""]}
    if not connection.execute(_ANY_CLUE, keys).scalar():
        return []
    rows = connection.execute(_CLUE, keys).mappings().all()
    main_metrics = {name: tasks.find(name).main_metric for name in {row["task"] for row in rows}}
    return [row for row in rows if row["metric"] in (main_metrics[row["task"]], "f1")]


def clue_table(rows: Sequence[RowMapping]) -> Table:
    """Return the table for a terminal."""
    table = _new_table("CLUE ×100, mean over seeds", "task", "metric", "how")
    for column in ("value", "95% interval"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("beside the floor")
    previous = None
    for row in rows:
        subject = (row["task"], row["metric"])
        half_width = 1.959963984540054 * row["standard_error"]
        colour = {"above": "green", "below": "red"}.get(row["standing"] or "", "")
        standing = "a floor" if row["is_floor"] else "no floor measured"
        if row["standing"]:
            standing = f"{row['standing']} ({row['floor']})"
        table.add_row(
            *(("", "") if subject == previous else subject),
            _describe_method(row),
            f"{100 * row['value']:.2f}",
            f"{100 * (row['value'] - half_width):.1f} … {100 * (row['value'] + half_width):.1f}",
            f"[{colour}]{standing}[/{colour}]" if colour else standing,
        )
        previous = subject
    table.caption = (
        "floor: the best of constant answers and character n-grams; above or below by two standard"
        " errors"
    )
    return table


def _describe_method(row: RowMapping) -> str:
    """Return a short description of how examples were answered."""
    if not row["checkpoint"]:
        return str(row["mode"])
    parts = [row["checkpoint"], row["mode"]]
    parts += [row["head"]] if row["head"] not in ("", "linear") else []
    parts += [row["method"]] if row["method"] not in ("", "plain") else []
    parts += [row["post"]] if row["post"] != "none" else []
    description = " ".join(parts)
    description += f", {row['seeds']} seeds" if row["seeds"] > 1 else ""
    description += f", trained on {row['trained_on']}" if row["transfer"] else ""
    description += f", {row['max_train']} examples" if row["max_train"] else ""
    return description + (f", {row['max_scored']} scored" if row["max_scored"] else "")


def _rank_table(rows: Sequence[RowMapping], top: int = 10) -> Table:
    """Return a table of the models by arithmetic mean, with the human row marked."""
    latest = max(row["snapshot"] for row in rows)
    ranks: dict[str, dict[str, RowMapping]] = defaultdict(dict)
    for row in rows:
        if row["snapshot"] == latest:
            ranks[row["model"]][row["mean"]] = row
    board = rows[-1]["board"]
    table = _new_table(f"{board} ({latest}), rank (score), treatment per-task", "model")
    for mean in _MEANS:
        table.add_column(mean, justify="right", no_wrap=True)
    ordered = sorted(ranks.items(), key=lambda pair: pair[1]["arithmetic"]["rank"])
    for position, (model, by_mean) in enumerate(ordered):
        human = by_mean["arithmetic"]["is_human"]
        if position >= top and not human:
            continue
        cells = [
            f"{by_mean[m]['rank']}  ({by_mean[m]['score']:.2f})" if m in by_mean else "undefined"
            for m in _MEANS
        ]
        name = f"▶ {model} (human)" if human else model
        table.add_row(name, *cells, style="bold green" if human else None)
    if len(ordered) > top:
        table.caption = f"the first {top} of {len(ordered)} ranked, and the human row"
    return table


def _claims_table(store: Store, width: int) -> Table:
    """Return a table of each claim, a line each: its verdict, level and what it rests on."""
    from flows.judging.verdicts import asserted, verdicts
    from flows.reports.claims import expected_wrong, headline, word

    table = _new_table("Claims")
    for name, least in (("claim", 22), ("verdict", 24), ("level", 9)):
        table.add_column(name, no_wrap=True, overflow="ellipsis", min_width=least)
    wide = width >= _WIDE
    room = 34 if wide else max(10, width - 67)
    table.add_column("rests on", no_wrap=True, overflow="ellipsis", max_width=room)
    if wide:
        table.add_column("number", justify="right", no_wrap=True, min_width=9)
        most = max(10, width - 67)
        table.add_column("in short", no_wrap=True, overflow="ellipsis", max_width=most)
    all_verdicts = verdicts(store, sizes=False)
    for name, claim in asserted(store).items():
        result = headline(claim, all_verdicts)
        if result is None:
            continue
        colour = {"holds": "green", "refuted": "red"}.get(result.verdict, "yellow")
        # A smoke run is short of everything: its word leaves room for what it rests on.
        verdict = "smoke run" if result.cut else word(result)
        rests_on = result.rests_on.removeprefix("smoke run: ")
        number = "" if result.statistic is None else f"{result.statistic:.4g}"
        more = (number, claim.title) if wide else ()
        table.add_row(name, f"[{colour}]{verdict}[/{colour}]", result.level or "", rests_on, *more)
    wrong = expected_wrong(all_verdicts)
    table.caption = (
        f"{wrong}.\nA smoke run has less than the default budget: no claim is judged on it."
        "\nrankcheck claims ID: the rule, the evidence, every verdict"
    )
    return table


_WIDE = 120
"""Columns of a terminal from which on numbers and titles have room beside the verdicts."""


def _new_table(title: str, *columns: str) -> Table:
    """Return an empty table with columns of text."""
    from rich import box
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _escape_markdown(line: str) -> str:
    """Return the first line of a text with Markdown's characters escaped."""
    first = line.splitlines()[0] if line else ""
    return "".join(f"\\{c}" if c in "\\`*_[]<>|#!" else c for c in first)


def _verdict_lines(report: RunReport, most: int = 20) -> list[str]:
    """Return lines about new verdicts, testable ones first."""
    testable = [v for v in report.verdicts if v.verdict != "not testable here" and v.combined]
    lines = [
        " ".join(part for part in (v.claim, v.board, v.snapshot, v.treatment, v.setting) if part)
        + f": {v.verdict}"
        + (f" ({v.statistic:.4g})" if v.statistic is not None else "")
        for v in testable[:most]
    ]
    rest = len(report.verdicts) - len(lines)
    return lines + ([f"and {rest} more: rankcheck claims"] if rest else [])


def markdown_summary(report: RunReport) -> str:
    """Return the Markdown artifact that Prefect shows with the flow run."""
    lines = [
        f"# {report.plan}",
        "",
        "| evaluated | restored | elsewhere | already done | failed |",
        "|---|---|---|---|---|",
        f"| {report.count('evaluated')} | {report.count('restored')} | {report.count('elsewhere')} "
        f"| {report.kept} | {len(report.failure_lines())} |",
        "",
    ]
    for title, items in (
        ("Failed", report.failure_lines()),
        ("Left out", report.left_out_lines()),
        ("Duplicates", list(report.duplicates)),
        ("Canaries", [drift.sentence() for drift in report.drifts]),
        ("New verdicts", _verdict_lines(report)),
    ):
        if items:
            lines += [f"## {title}", "", *(f"- {_escape_markdown(line)}" for line in items), ""]
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
        keys = ("pooling", "whitening", "transform")
        variant = ", ".join(str(job.parameters[k]) for k in keys if k in job.parameters)
        interval = f"{score.ci_low:.4f} … {score.ci_high:.4f}" if score.ci_low is not None else ""
        lines.append(
            f"| {outcome.item.subject} | {job.task} | {variant} | {score.metric} "
            f"| {score.value:.4f} | {interval} |"
        )
    return "\n".join(lines)
