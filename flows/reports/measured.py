"""Say in Markdown what an experiment measured: words, settings, seeds, and plans that run it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa

from db.table_text import markdown_table, markdown_text
from evaluators.described import describe, levels, smoke
from flows.plans.plan import bundled_plans, read_plan

if TYPE_CHECKING:
    from sqlalchemy import Connection, RowMapping

MOST = 40
"""Most rows of one table."""

_SETTINGS = """
    SELECT task, setting, string_agg(DISTINCT arm, ', ' ORDER BY arm) AS arms,
        count(DISTINCT seed) AS seeds, min(seed) AS first_seed, max(seed) AS last_seed
    FROM arm_scores WHERE evaluator = :evaluator
    GROUP BY task, setting ORDER BY task, setting
"""
_RUNS = """
    SELECT parameters, code_commit, device, seconds, finished_at FROM latest_runs
    WHERE evaluator = :evaluator ORDER BY finished_at, run_id
"""


class Experiment(NamedTuple):
    """What a store has of one evaluator.

    Attributes:
        name: The evaluator.
        settings: Its tasks and settings, with the arms and seeds of each.
        runs: Its runs that count, the oldest first.
    """

    name: str
    settings: Sequence[RowMapping]
    runs: Sequence[RowMapping]


def measured(connection: Connection, evaluator: str) -> Experiment:
    """Return what a store has of one evaluator."""
    rows = [
        connection.execute(sa.text(query), {"evaluator": evaluator}).mappings().all()
        for query in (_SETTINGS, _RUNS)
    ]
    return Experiment(evaluator, *rows)


def done(experiment: Experiment) -> Iterator[str]:
    """Yield what an experiment did, and in which settings."""
    known = describe(experiment.name)
    yield f"### {experiment.name}"
    if known:
        for paragraph in known.words.split("\n\n"):
            yield markdown_text(" ".join(paragraph.split()))
    cut = smoke(experiment.name, (run["parameters"] for run in experiment.runs))
    seconds = sum(run["seconds"] for run in experiment.runs)
    devices = ", ".join(sorted({run["device"] for run in experiment.runs if run["device"]}))
    facts = [f"{len(experiment.runs)} runs in {seconds:.0f} s" + (f" on {devices}" * bool(devices))]
    if known:
        found = levels(experiment.name, (run["parameters"] for run in experiment.runs))
        facts = [f"Level: {', '.join(found)}", f"source: `{known.file}`", *facts]
    yield "; ".join(facts) + "."
    if cut:
        yield f"**Smoke run**, on which no claim is judged: {markdown_text(cut)}."
    rows = [
        (row["task"], row["setting"], row["arms"], _seeds(row))
        for row in experiment.settings[:MOST]
    ]
    if rows:
        header = ("task", "setting", "arms", "seeds")
        yield "\n".join(markdown_table(header, (False,) * 4, rows))
    yield from more(len(experiment.settings))


def _seeds(row: RowMapping) -> str:
    if row["seeds"] == 1:
        return f"{row['first_seed']}"
    return f"{row['seeds']}: {row['first_seed']} to {row['last_seed']}"


def more(count: int) -> Iterator[str]:
    """Yield how many rows a table leaves out, where it does."""
    if count > MOST:
        yield f"And {count - MOST} more, which the store has."


@cache
def _evaluators_of_plans() -> dict[str, frozenset[str]]:
    """Return the evaluators of each plan that ships with rankcheck, sorted by its path."""
    return {
        f"plans/{path.name}": frozenset(entry.evaluator for entry in read_plan(path).evaluations)
        for _, path in sorted(bundled_plans().items())
    }


def plans_with(evaluators: Iterable[str]) -> list[str]:
    """Return the plans that ship with rankcheck and use one of the evaluators, sorted.

    The quickstart comes only where nothing else has it: most of it is smoke runs.
    """
    wanted = set(evaluators)
    found = {name: wanted & uses for name, uses in _evaluators_of_plans().items()}
    quick = found.pop("plans/quickstart.yaml", set())
    there = [name for name, has in found.items() if has]
    missing = quick - set().union(*found.values())
    return [*there, *(["plans/quickstart.yaml"] if missing else [])]
