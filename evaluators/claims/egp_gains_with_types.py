"""Efficient GlobalPointer gains above all where there are many types."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from evaluators.claims.judging.arms import POINTS, by_seed, made_up_arms, require_trained
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    gain_rule,
    gained,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.result import LATE_IMPROVEMENT
from evaluators.statistics import mean_interval, paired_values

EFFICIENT, FULL = "efficient-global-pointer", "global-pointer"
FACTOR = 3
"""How many times more types are many, at least."""

PUBLISHED = 0.75
"""Points of F1: +0.60 on CLUENER's 10 types, −0.15 on 3 types."""

MARGIN = 0.3
_SETTING = re.compile(r"(\d+) types, (.*)")


def judge(evidence: RowEvidence) -> Finding:
    """Compare the gain with the most types with that with the fewest, seed by seed."""
    by_types = _by_types(evidence)
    few, many = min(by_types), max(by_types)
    if many < FACTOR * few:
        raise NotTestable(f"{few} to {many} types: too near each other to compare")
    both = paired_values(_gains(by_types[many]), _gains(by_types[few]))
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(f"{len(both)} common seeds: an interval needs {FEWEST_SEEDS}")
    found = mean_interval([at_many - at_few for at_many, at_few in both.values()])
    for types in (few, many):
        require_trained(by_types[types], EFFICIENT, FULL)
    at = {n: mean_interval(list(_gains(rows).values())) for n, rows in sorted(by_types.items())}
    said = ", ".join(f"{one} with {n}" for n, one in at.items())
    return gained(
        found,
        f"efficient − full by number of types: {said}; {many} less {few} types: {found} points of"
        f" F1, {found.n} seeds",
        margin=MARGIN,
        effect=PUBLISHED,
        look=evidence.look,
    )


def _by_types(evidence: RowEvidence) -> Mapping[int, RowEvidence]:
    """Return the rows by number of types, of the recipe with the widest range of them."""
    recipes: dict[str, dict[int, list[Mapping[str, object]]]] = {}
    for row in evidence.rows:
        if match := _SETTING.fullmatch(row["setting"]):
            recipes.setdefault(match[2], {}).setdefault(int(match[1]), []).append(row)
    if not recipes:
        raise NotTestable("no number of types was measured")
    widest = max(sorted(recipes.items()), key=lambda item: max(item[1]) / min(item[1]))[1]
    return {types: replace(evidence, rows=rows) for types, rows in widest.items()}


def _gains(evidence: RowEvidence) -> Mapping[int, float]:
    both = paired_values(*(by_seed(evidence, "f1", arm) for arm in (EFFICIENT, FULL)))
    return {seed: POINTS * (ours - theirs) for seed, (ours, theirs) in both.items()}


def controls() -> Sequence[Control[RowEvidence]]:
    """A gain that grows with the types, one that does not, one that falls, and noise."""

    def made(few: float, many: float, noise: float = 0.1, most: int = 30) -> RowEvidence:
        return RowEvidence(
            [
                row
                for types, gained in ((3, few), (most, many))
                for row in made_up_arms(
                    {EFFICIENT: 80.0 + gained, FULL: 80.0},
                    metric="f1",
                    noise=noise,
                    setting=f"{types} types, 500 sentences",
                    draw=types,
                )
            ]
        )

    return (
        Control("it grows", made(0.0, 2.0), "holds"),
        Control("the same", made(1.0, 1.0, noise=0.02), "refuted"),
        Control("it falls", made(1.0, -1.0), "refuted"),
        Control("in much noise", made(0.0, 1.0, noise=4.0), "inconclusive"),
        Control("as many types", made(0.0, 2.0, most=4), "not testable here"),
    )


CLAIM = Claim(
    title="EfficientGlobalPointer gains with the types",
    sentence="Efficient GlobalPointer gains above all where there are many types.",
    source="Su Jianlin, kexue.fm/archives/8877 (2022-01-25): +0.60 with 10 types, −0.15 with 3;"
    " paraphrased",
    article=8877,
    decision_rule="The number is the entity F1 of Efficient GlobalPointer less GlobalPointer's with"
    f" the most types, less the same with the fewest, {FACTOR} times as many or more, in points,"
    " paired by seed (Student's t)." + gain_rule(MARGIN),
    evidence=RowsOf(
        "arm_scores",
        by=("evaluator", "task"),
        among={
            "evaluator": ("entity_heads",),
            "metric": ("f1", LATE_IMPROVEMENT),
            "arm": (EFFICIENT, FULL),
        },
    ),
    judge=judge,
    controls=controls,
)
