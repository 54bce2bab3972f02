"""Decide which columns are scores: which way is better, what is left out, what must be asked."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluators.names import nearest
from flows.boards.foreign_files import Problems
from flows.boards.metrics import MetricFacts, metric_facts, phrase_facts
from flows.errors import LeaderboardError
from flows.importers._draft import Asked, DraftColumn

LOWER = "less is better"
_LEFT = "left out, "
_DIRECTIONS = ("higher", "lower", "none")


def read_directions(pairs: Sequence[str]) -> dict[str, str]:
    """Return the directions that the user said, by the name of a metric or column.

    Args:
        pairs: `NAME=higher`, `NAME=lower` or `NAME=none`.

    Raises:
        LeaderboardError: One is not like that.
    """
    directions = {}
    for pair in pairs:
        name, _, direction = pair.rpartition("=")
        if not name or direction not in _DIRECTIONS:
            raise LeaderboardError(
                f"--metric-direction {pair}: must be NAME=higher, NAME=lower or NAME=none"
            )
        directions[name] = direction
    return directions


def scores_only(
    columns: Sequence[DraftColumn],
    asked: Asked,
    problems: Problems,
    notes: list[str],
    *,
    stated: Mapping[str, bool] | None = None,
    tasks: bool = False,
    by_metric: bool = False,
) -> list[DraftColumn]:
    """Return the columns that are imported, and say aloud what is left out and why.

    In this order: what the user said, what a column spec or an earlier snapshot says, what the
    table of metrics says of numbers that are no scores, what the file states, what the table says
    of the direction. A metric that nothing is known of is a problem, never a guess.

    Args:
        columns: Those that would be imported. Their `metric` is looked up.
        asked: The options of the import.
        problems: Receives the metrics to ask about.
        notes: Receives what is left out.
        stated: Whether more is better, by column name, where the file says so.
        tasks: Whether columns are named after tasks, so that only a name that is certainly no
            score is left out; the metric decides where it is another than `score`.
        by_metric: Whether notes name metrics instead of columns, of which there may be thousands.
    """
    described = {
        column.name for spec in (asked.spec, asked.known) if spec for column in spec.columns
    }
    _validate_directions(columns, asked, problems)
    kept, left, unknown = list[DraftColumn](), dict[str, list[str]](), dict[str, None]()
    for column in columns:
        said = asked.directions.get(column.name) or asked.directions.get(column.metric)
        if said is None and (column.name in described or column.name in asked.ignore):
            kept.append(column)
            continue
        facts = (phrase_facts(column.task) if tasks else None) or metric_facts(column.metric)
        reason = _reason(said, facts, (stated or {}).get(column.name))
        if reason is None:
            unknown[column.metric] = None
        elif not reason:
            kept.append(column)
        elif reason == LOWER and (asked.lower or said == "lower"):
            kept.append(_turned(column, facts))
        else:
            left.setdefault(reason, []).append(column.metric if by_metric else column.name)
    notes += [
        f"{_LEFT}{f'as {reason}' if reason == LOWER else reason}:"
        f" {asked.listed(sorted(set(names)))}"
        for reason, names in left.items()
    ]
    turned = {c.metric if by_metric else c.name: c.unit_max for c in kept if not c.higher_is_better}
    if turned:
        way = "inverse" if math.inf in turned.values() else "complement"
        notes.append(
            f"imported though {LOWER}: {asked.listed(sorted(turned))}; they rank under a treatment"
            f" that turns them, such as per-task+{way}"
        )
    if unknown:
        name = next(iter(unknown))
        problems.add(
            "",
            f"neither the file nor data/metrics.yaml says which way is better for"
            f" {asked.listed(unknown)}: say --metric-direction {name!r}=higher, =lower, or =none"
            " to leave it out",
        )
    return kept


def nothing_left(notes: Sequence[str]) -> str:
    """Return the message for an import of which every column was left out; empty if none was.

    Args:
        notes: What was decided on the way.
    """
    left = "; ".join(note for note in notes if note.startswith(_LEFT))
    if not left:
        return ""
    lower = f" --lower-is-better imports those of which {LOWER};" if f"as {LOWER}" in left else ""
    return (
        f"no score is left to import ({left}):{lower} --metric-direction NAME=higher says that"
        " more of it is better"
    )


def _turned(column: DraftColumn, facts: MetricFacts | None) -> DraftColumn:
    """Return a column of which less is better; without a unit where nothing bounds it."""
    unbounded = facts is not None and facts.unbounded_cost and column.unit_max is None
    return replace(
        column, higher_is_better=False, unit_max=math.inf if unbounded else column.unit_max
    )


def _reason(said: str | None, facts: MetricFacts | None, stated: bool | None) -> str | None:
    """Return why a column is not a score of which more is better; None where it is not known."""
    if said is not None:
        return {"higher": "", "lower": LOWER, "none": "as asked"}[said]
    if facts is not None and facts.reason not in ("", LOWER):
        return facts.reason
    if stated is not None:
        return "" if stated else LOWER
    return None if facts is None else facts.reason


def _validate_directions(columns: Sequence[DraftColumn], asked: Asked, problems: Problems) -> None:
    names = {column.name for column in columns} | {column.metric for column in columns}
    for name in asked.directions:
        if name not in names:
            problems.add("", f"--metric-direction {name}: unknown metric{nearest(name, names)}")
