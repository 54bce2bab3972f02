"""Claims about methods of sentence vectors: made-up worlds, and trained checkpoints."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from evaluators.claims.judging import rules
from evaluators.claims.judging.arms import (
    POINTS,
    SETTING,
    BySeed,
    arms_in,
    by_seed,
    mean,
    over_seeds_and_examples,
    require_trained,
    shares_examples,
)
from evaluators.claims.judging.claim import (
    FEWEST_SEEDS,
    Finding,
    Fresh,
    NotTestable,
    RowsOf,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.statistics import Interval, mean_interval, paired_values

TRAINED = "sts_training"
"""The evaluator that trains checkpoints by these methods."""

SPEARMAN, FIRST, STEP = "spearman", "spearman_first", "best_step"
FIXED = ("raw", "centred", "whitened-target", "whitened-train", "teacher")
"""Arms without training: one measurement is that of every seed of a checkpoint."""

SWAPPED = re.compile(r"test [^,]*PAWS|swapped words")
"""Settings whose pairs have the same words in another order."""

ON_TASKS = (
    " Where a checkpoint is trained, all seeds are scored on the same test pairs: the interval of"
    " their scores is over seeds and pairs, and not testable where a run's similarities were not"
    " kept; that of scores on validation pairs is over seeds alone."
)

WORLDS: Mapping[str, Fresh] = {
    world: Fresh(world, f"the bench was chosen after a look at seeds below {first}", first)
    for world, first in (
        ("linear_simcse", 1000),
        ("simcse_world", 1000),
        ("similarity_distillation", 1010),
        ("joint_head", 1000),
    )
}


def of_methods(world: str | None, *methods: str) -> RowsOf:
    """Return what a claim on methods is judged on: a world's rows, and those of checkpoints.

    Args:
        world: The experiment; None where no made-up world can tell.
        methods: Names of arms; those with a pooling, `simcse/cls`, and with options,
            `simcse (epochs 4)`, belong to them.
    """
    arms = tuple(f"{method}{more}" for method in methods for more in ("", "/*", " (*"))
    evaluators = (TRAINED,) if world is None else (world, TRAINED)
    return RowsOf("arm_scores", by=SETTING, among={"evaluator": evaluators, "arm": arms})


def require_learned(evidence: RowEvidence, arm: str) -> None:
    """Validate that some step of an arm's training was better than its start.

    Raises:
        NotTestable: On the validation pairs the start was the best step of every seed, so that what
            was scored learned nothing.
    """
    steps = [row["value"] for row in evidence.rows if (row["arm"], row["metric"]) == (arm, STEP)]
    if steps and not any(steps):
        raise NotTestable(
            f"the best step of {arm} on the validation pairs is the start, before any training: its"
            " rate or length does not suit this checkpoint"
        )


def is_swapped(evidence: RowEvidence) -> bool:
    """Tell whether the pairs of a group have the same words in another order."""
    task, setting = (str(evidence.group.get(key, "")) for key in ("task", "setting"))
    return "PAWS" in task or SWAPPED.search(setting) is not None


def with_pooling(evidence: RowEvidence, metric: str, *methods: str) -> tuple[str, ...]:
    """Return the arms of these methods under one pooling: the usual one, or the first they share.

    Raises:
        NotTestable: They share none.
    """
    known = set(arms_in(evidence, metric))
    first = methods[0]
    poolings = [
        "",
        *sorted(arm.removeprefix(first) for arm in known if arm.startswith(f"{first}/")),
    ]
    for pooling in poolings:
        arms = tuple(f"{method}{pooling}" for method in methods)
        if known.issuperset(arms):
            return arms
    raise NotTestable(f"{', '.join(methods)} were not all measured in {metric} with one pooling")


def whitened(evidence: RowEvidence) -> str:
    """Return the whitening that is compared with: fitted on the target as published, or on train.

    Raises:
        NotTestable: There is neither.
    """
    known = {arm.partition("/")[0] for arm in arms_in(evidence, SPEARMAN)}
    for name in ("whitened-target", "whitened-train"):
        if name in known:
            return name
    raise NotTestable("no whitening was measured")


def sides(evidence: RowEvidence, metric: str, arm: str, base: str) -> list[tuple[float, float]]:
    """Return the numbers of two arms in points by seed; arms without training count for all seeds.

    Raises:
        NotTestable: Too few seeds are common.
    """
    values = [by_seed(evidence, metric, name) for name in (arm, base)]
    seeds = max(values, key=len)
    values = [
        _for_all(found, seeds) if name.partition("/")[0] in FIXED else found
        for name, found in zip((arm, base), values, strict=True)
    ]
    both = paired_values(*values)
    if len(both) < FEWEST_SEEDS:
        raise NotTestable(
            f"{arm} and {base} have {len(both)} common seeds: an interval needs {FEWEST_SEEDS}"
        )
    return [(POINTS * ours, POINTS * theirs) for ours, theirs in both.values()]


def _for_all(found: BySeed, seeds: BySeed) -> BySeed:
    return dict.fromkeys(seeds, next(iter(found.values()))) if len(found) == 1 else found


def lead(
    evidence: RowEvidence, metric: str, arm: str, base: str, *, trained: bool = True
) -> Interval:
    """Return the mean of arm less base in points, paired by seed.

    Args:
        evidence: Rows of one setting.
        metric: That both have.
        arm: One arm.
        base: The other.
        trained: Whether neither may improve up to the end of its training.

    Raises:
        NotTestable: Too few seeds are common, or an arm is still improving.
    """
    if shares_examples(evidence, metric):
        found = over_seeds_and_examples(evidence, metric, arm, base)
    else:
        both = sides(evidence, metric, arm, base)
        found = mean_interval([ours - theirs for ours, theirs in both])
    if trained:
        require_trained(evidence, arm, base)
    return found


def every_mean(evidence: RowEvidence, metric: str) -> str:
    """Return the means of all arms in a metric, in points, for people."""
    return ", ".join(
        f"{arm} {mean(evidence, metric, arm):.1f}" for arm in arms_in(evidence, metric)
    )


def kept(found: Interval, detail: str, *, margin: float, look: int) -> Finding:
    """Return what a judge says of a difference that must not be a loss; see `rules.no_worse`."""
    ruling = rules.no_worse(found, margin, look=look)
    return decided(found, ruling.word, detail, threshold=-margin, p_value=ruling.p_value)


def against_all(
    found: Mapping[str, Interval], rule: Callable[[Interval], rules.Ruling]
) -> tuple[str, rules.Ruling]:
    """Return the comparison that decides, and what it says: *holds* where all of them do.

    One that is refuted refutes, sure enough for how many there are (Bonferroni).

    Args:
        found: One comparison or more, by what is compared with.
        rule: Judges one.
    """
    rulings = {name: rule(interval) for name, interval in found.items()}
    refuted = [name for name, ruling in rulings.items() if ruling.word == "refuted"]
    if refuted:
        first = min(refuted, key=lambda name: rulings[name].p_value)
        p_value = min(1.0, len(found) * rulings[first].p_value)
        return first, rules.Ruling("refuted" if p_value <= rules.ALPHA else "inconclusive", p_value)
    weakest = max(rulings, key=lambda name: rulings[name].p_value)
    return weakest, rulings[weakest]
