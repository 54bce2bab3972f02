"""What a run prints of CLUE tasks: every way of solving one, beside what a model has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from flows.summary_tables import new_table

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ROWS = text(
    """
    WITH rows AS (
        SELECT task, metric, checkpoint, checkpoint_digest, mode, head, method, post, selection,
            max_train, max_scored, epochs, setting, trained_on, transfer, split, value, n,
            (ci_high - ci_low) / 3.919927969 AS error
        FROM clue_scores
        WHERE run_id IN (SELECT run_id FROM current_runs WHERE job_key IN :keys)
    ), together AS (
        SELECT * EXCLUDE (value, error, n), avg(value) AS value, count(*) AS seeds, max(n) AS n,
            sqrt(avg(error * error) + coalesce(var_samp(value) / count(*), 0.0)) AS error
        FROM rows GROUP BY ALL
    )
    SELECT t.*, f.standing, f.floor
    FROM together AS t
    LEFT JOIN clue_against_floors AS f ON f.task = t.task AND f.split = t.split
        AND f.checkpoint_digest = t.checkpoint_digest AND f.mode = t.mode AND f.head = t.head
        AND f.method = t.method AND f.post = t.post AND f.selection = t.selection
        AND f.trained_on = t.trained_on AND f.metric = t.metric
        AND f.setting = t.setting
    ORDER BY t.task, t.metric, t.value DESC, t.mode
    """
).bindparams(bindparam("keys", expanding=True))


def clue_rows(connection: Connection, job_keys: Sequence[str]) -> list[Mapping[str, Any]]:
    """Return CLUE scores of these jobs, means over seeds: each task's main metric.

    Where a task has a positive class its F1 is there too: a model that never says yes is easily
    taken for a good one.
    """
    from evaluators.clue import tasks

    found = connection.execute(_ROWS, {"keys": list(job_keys) or [""]}).mappings().all()
    known = {name: tasks.find(name).main_metric for name in {row["task"] for row in found}}
    return [row for row in found if row["metric"] in (known[row["task"]], "f1")]


def clue_table(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return the table for a terminal."""
    table = new_table("CLUE ×100, mean over seeds", "task", "metric", "how")
    for column in ("value", "95% interval"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("beside the floor")
    before = None
    for row in rows:
        about = (row["task"], row["metric"])
        half = 1.959963984540054 * row["error"]
        colour = {"above": "green", "below": "red"}.get(row["standing"] or "", "")
        standing = f"{row['standing']} ({row['floor']})" if row["standing"] else "a floor"
        if row["mode"] not in ("constant", "all-positive", "tfidf") and not row["standing"]:
            standing = "no floor measured"
        table.add_row(
            *(("", "") if about == before else about),
            how(row),
            f"{100 * row['value']:.2f}",
            f"{100 * (row['value'] - half):.1f} … {100 * (row['value'] + half):.1f}",
            f"[{colour}]{standing}[/{colour}]" if colour else standing,
        )
        before = about
    table.caption = (
        "floor: the best of constant answers and character n-grams; above or below by two standard"
        " errors"
    )
    return table


def how(row: Mapping[str, Any]) -> str:
    """Say in a few words how examples were answered."""
    if not row["checkpoint"]:
        return str(row["mode"])
    parts = [row["checkpoint"], row["mode"]]
    parts += [row["head"]] if row["head"] not in ("", "linear") else []
    parts += [row["method"]] if row["method"] not in ("", "plain") else []
    parts += [row["post"]] if row["post"] != "none" else []
    said = " ".join(parts)
    said += f", {row['seeds']} seeds" if row["seeds"] > 1 else ""
    said += f", trained on {row['trained_on']}" if row["transfer"] else ""
    said += f", {row['max_train']} examples" if row["max_train"] else ""
    return said + (f", {row['max_scored']} scored" if row["max_scored"] else "")
