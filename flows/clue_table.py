"""What a run prints of CLUE tasks: every way of solving one, beside what a model has to beat."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, text

from flows.summary_tables import new_table

if TYPE_CHECKING:
    from sqlalchemy import Connection

# A row and its standing are of all its seeds, whichever plan they were measured by.
_ROWS = text(
    """
    SELECT * FROM clue_means
    WHERE list_has_any(run_ids,
        (SELECT list(run_id) FROM current_runs WHERE job_key IN :keys))
    ORDER BY task, metric, value DESC, mode
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
        half = 1.959963984540054 * row["standard_error"]
        colour = {"above": "green", "below": "red"}.get(row["standing"] or "", "")
        standing = "a floor" if row["is_floor"] else "no floor measured"
        if row["standing"]:
            standing = f"{row['standing']} ({row['floor']})"
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
