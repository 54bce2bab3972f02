"""Claims on RealFormer: arms at their own best rate, and the control that must be Post-LN."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging.arms import SETTING, by_seed
from evaluators.claims.judging.claim import Finding, Fresh, NotTestable, RowsOf, gained
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.optimisation import lead_in_units, made_up_values
from evaluators.statistics import Interval

POST, PRE, REAL = "Post-LN", "Pre-LN", "RealFormer"
SHUFFLED, ZEROED = "shuffled residual", "residual x 0"
LOSS, LARGEST, ENTROPY = "best_loss", "largest_rate", "entropy"

MARGIN = 0.02
"""Nats a token."""

SAME = 1e-6
"""Nats a token up to which scores times 0 count as Post-LN: they are the same sum."""

BENCH = Fresh(
    "realformer",
    "sizes, steps, rates and the number of seeds were chosen after a look at seeds 0 to 3",
    seeds_from=1000,
)

AT_BEST = (
    " All train with warm-up. Each arm is scored on text that was neither trained on nor chosen by,"
    " at the rate with the least mean loss on other such text, paired by seed (Student's t). All"
    " train for equally many"
    " steps, so an arm that is only faster gains too. Not testable where the best rate of either is"
    " the smallest or largest that was tried, or where scores times 0 do not give Post-LN's loss."
)


def rows(metric: str, *, warm: bool = True) -> RowsOf:
    """Return the rows of the experiment, trained with warm-up or without, one group a setting."""
    return RowsOf(
        "arm_scores",
        by=SETTING,
        among={
            "evaluator": ("realformer",),
            "metric": (metric, "at_end", "control_gap"),
            "setting": ("*, warm-up 0.*" if warm else "*, warm-up 0",),
        },
    )


def lead_at_best(evidence: RowEvidence, metric: str, arm: str, base: str) -> Interval:
    """Return the mean of arm less base at their best rates, paired by seed.

    Raises:
        NotTestable: Too few seeds, a best rate at an end, or a control that is off.
    """
    found = lead_in_units(evidence, metric, arm, base)
    require_controls(evidence)
    ends = {row["arm"] for row in evidence.rows if row["metric"] == "at_end" and row["value"]}
    if at_end := sorted(ends & {arm, base}):
        raise NotTestable(
            f"the best rate of {' and '.join(at_end)} is at an end of those tried: try others"
        )
    return found


def judge_losses(evidence: RowEvidence, arm: str, base: str) -> Finding:
    """Judge that an arm has a lower loss than another, each at its own best rate."""
    found = lead_at_best(evidence, LOSS, base, arm)
    return gained(
        found,
        f"{base} − {arm}: {in_nats(found)}; {means(evidence, LOSS)}",
        margin=MARGIN,
        look=evidence.look,
    )


def require_controls(evidence: RowEvidence) -> None:
    """Require that the control with scores times 0 is Post-LN.

    Raises:
        NotTestable: It is not.
    """
    gaps = [float(row["value"]) for row in evidence.rows if row["metric"] == "control_gap"]
    if max(gaps, default=0.0) > SAME:
        raise NotTestable(
            f"scores times 0 are {max(gaps):g} nats from Post-LN: the arms differ in more than"
            " their residual"
        )


def in_nats(found: Interval) -> str:
    """Return a difference with its interval in words; losses differ in the third digit."""
    low, high = found.ends
    return f"{found.estimate:+.3f} ({low:+.3f} to {high:+.3f}) nats, {found.n} seeds"


def means(evidence: RowEvidence, metric: str) -> str:
    """Return the mean of every arm in words."""
    found = []
    for arm in (POST, PRE, REAL, SHUFFLED):
        try:
            values = by_seed(evidence, metric, arm).values()
        except NotTestable:
            continue
        found.append(f"{arm} {sum(values) / len(values):.3f}")
    return ", ".join(found)


def made(
    metric: str,
    centres: Mapping[str, float],
    *,
    noise: float = 0.002,
    at_end: str = "",
    gap: float = 0.0,
    seeds: int = 6,
) -> RowEvidence:
    """Return rows of arms about these means, for controls.

    Args:
        metric: Its name.
        centres: Means by arm.
        noise: Half the distance of two neighbouring seeds of an arm.
        at_end: Arm whose best rate is at an end.
        gap: Of scores times 0 from Post-LN.
        seeds: How many.
    """
    values: dict[tuple[str, str], Sequence[float]] = {}
    for place, (arm, centre) in enumerate(centres.items()):
        signs = [(-1) ** (seed >> place) for seed in range(seeds)]
        values[metric, arm] = [centre + noise * sign for sign in signs]
        values["at_end", arm] = [float(arm == at_end)] * seeds
    values["control_gap", ZEROED] = [gap] * seeds
    return made_up_values(values)
