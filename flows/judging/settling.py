"""Write the plan that would settle a claim."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import sqlalchemy as sa
import yaml

from db import run_files
from evaluators import registry
from evaluators.claims import Claim, NotTestable, RowsOf
from evaluators.claims.judging import rules
from evaluators.claims.judging.evidence import RowEvidence
from flows.errors import PlanError
from flows.judging.claims import row_groups, rows_of
from flows.judging.single_answers import with_answers

if TYPE_CHECKING:
    from db.store import Store

_SECONDS = "SELECT run_id, seconds FROM runs"
_MOST_SEEDS = 500
"""What needs more seeds than this needs another experiment."""


class Settling(NamedTuple):
    """What would settle a claim.

    Attributes:
        plan: A plan, as YAML with comments.
        duration: What it takes on the machine that measured so far, in words.
    """

    plan: str
    duration: str


def settling(store: Store, claim: Claim[Any], power: float = rules.POWER) -> Settling:
    """Return the plan whose experiments would find what was published, in so many of cases.

    Each open setting gets as many seeds as the spread of its seeds asks for, and each smoke run the
    whole budget with the default seeds.

    Args:
        store: Where its open verdicts are.
        claim: What is to be settled.
        power: How often the plan should find the published effect, inside (0, 1).

    Raises:
        PlanError: The claim rests on boards, or no setting of it is open, or no number of seeds
            that can be run would settle it.
    """
    if not isinstance(claim.evidence, RowsOf):
        raise PlanError(f"{claim.name} rests on leaderboards: other boards settle it, not runs")
    with store.read() as connection:
        rows = rows_of(connection, claim.evidence.view)
        seconds = dict(cast("Any", connection.execute(sa.text(_SECONDS)).all()))
    entries: list[tuple[str, dict[str, Any]]] = []
    total = 0.0
    hopeless = []
    for group in row_groups(rows, claim, {}):
        evidence = with_answers(group.evidence, run_files.folder(store.url))
        if claim.at_home is not None and not claim.at_home(evidence.group):
            continue
        wanted = _seeds(claim, evidence, power)
        if wanted is None:
            continue
        if wanted > _MOST_SEEDS:
            hopeless.append(f"{evidence.place.setting}: more than {_MOST_SEEDS} seeds")
            continue
        there = len({row["seed"] for row in evidence.rows if row.get("seed") is not None})
        first = claim.fresh.seeds_from if claim.fresh else 0
        spent = sum(
            seconds.get(run_id, 0.0) for run_id in {row.get("run_id") for row in evidence.rows}
        )
        total += spent * max(wanted, 1) / max(there, 1)
        entries += [
            (_about(evidence, wanted), entry)
            for entry in _entries(evidence.rows, range(first, first + wanted))
        ]
    if not entries:
        why = f"; {'; '.join(hopeless)}: redesign it" if hopeless else ""
        raise PlanError(f"no setting of {claim.name} is open that more seeds would settle{why}")
    lines = [
        f"# Would settle the claim {claim.name} with a power of {power:g}: {claim.title}.",
        f"# About {_duration(total)} on the machine that measured so far (a smoke run is shorter"
        " than what it stands for).",
        *(f"# Left out, as no number of seeds will do: {each}." for each in hopeless),
        f"name: settle-{claim.name}",
        "evaluations:",
    ]
    for about, entry in entries:
        text = yaml.safe_dump([entry], allow_unicode=True, sort_keys=False, default_flow_style=None)
        lines += [f"  # {about}", *(f"  {line}" for line in text.rstrip().splitlines())]
    return Settling("\n".join([*lines, ""]), _duration(total))


def _seeds(claim: Claim[Any], evidence: RowEvidence, power: float) -> int | None:
    """Return how many seeds a setting needs; None where it is decided or no seeds would help.

    A smoke run says nothing of the spread of whole ones: these begin with the default seeds.
    """
    if evidence.cut:
        field = registry.find(evidence.rows[0]["run evaluator"]).Request.model_fields.get("seeds")
        return len(field.default) if field else 1
    try:
        found = claim.judge(evidence)
    except NotTestable:
        return None
    if found.verdict != "inconclusive" or found.measured is None:
        return None
    margin, effect = found.threshold or 0.0, found.effect or 0.0
    needed = rules.units_needed(found.measured, margin, effect, power)
    return _MOST_SEEDS + 1 if needed is None else needed


def _duration(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds > 5400 else f"{max(1, round(seconds / 60))} min"


def _about(evidence: RowEvidence, seeds: int) -> str:
    smoke = f" (so far a smoke run: {evidence.cut})" if evidence.cut else ""
    return f"{evidence.place.setting}: {seeds} seeds{smoke}"


def _entries(rows: Sequence[Mapping[str, Any]], seeds: Sequence[int]) -> list[dict[str, Any]]:
    """Return the entries of a plan that stand for the runs behind some rows, with other seeds."""
    runs = {(row["run evaluator"], row["run parameters"]) for row in rows}
    merged: dict[str, dict[str, Any]] = {}
    for evaluator, text in sorted(runs):
        if evaluator not in registry.names():
            continue
        entry = _entry(evaluator, json.loads(text), seeds)
        key = json.dumps({k: v for k, v in entry.items() if not isinstance(v, list)})
        kept = merged.setdefault(key, entry)
        for name, value in entry.items():
            if isinstance(value, list) and kept is not entry:
                kept[name] = [*kept.get(name, []), *(v for v in value if v not in kept[name])]
    return list(merged.values())


def _entry(evaluator: str, parameters: Mapping[str, Any], seeds: Sequence[int]) -> dict[str, Any]:
    """Return an entry with the keys of a request that a job's parameters say."""
    found = registry.find(evaluator)
    entry: dict[str, Any] = {"evaluator": evaluator}
    for key, field in found.Request.model_fields.items():
        if key == "seeds":
            entry[key] = list(seeds)
            continue
        name = next((n for n in (key, key[:-1], key[:-2]) if n in parameters), None)
        if name is None or key in found.BUDGET:
            continue
        value = parameters[name]
        several = isinstance(field.default, tuple)
        value = [value] if several and not isinstance(value, list) else value
        if value != (list(field.default) if several else field.default):
            entry[key] = value
    return entry
