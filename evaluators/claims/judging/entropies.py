"""Claims about bringing probabilities to a wanted entropy by a power."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from evaluators.claims.judging import rules
from evaluators.claims.judging.claim import Finding, Fresh, NotTestable, RowsOf, decided
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.mathematics import by_setting, measured
from evaluators.statistics import Interval

NEWTON = "newton"
OTHERS = ("newton above 0.001", "safeguarded newton", "bisection")
SOURCE = "Su Jianlin, kexue.fm/archives/8829 (2021-12-24); paraphrased"
SEARCHES = RowsOf(
    "arm_scores",
    by=("setting",),
    among={"evaluator": ("entropy_normalisation",), "task": ("entropy normalisation",)},
)
FRESH = Fresh(
    "entropy_normalisation",
    "after a look at seeds 0 and 1 an entropy that is reached with the order turned round was"
    " counted as a failure",
    seeds_from=1000,
)


def at_most(evidence: RowEvidence, metric: str, bound: float, *, percent: bool) -> Finding:
    """Ask whether a mean of the published step is surely at most a bound, or surely above.

    Args:
        evidence: Rows of one setting.
        metric: What is bounded.
        bound: The bound.
        percent: Whether the metric is a share, spoken of in per cent.

    Raises:
        NotTestable: The published step was not measured, or with too few seeds.
    """
    means = {arm: _one(evidence, metric, arm) for arm in (NEWTON, *OTHERS)}
    found = means[NEWTON]
    low, high = found.ends
    ruling = rules.no_worse(
        found._replace(estimate=-found.estimate, low=-high, high=-low), bound, look=evidence.look
    )
    shown = {
        arm: f"{100 * each.estimate:.1f}%" if percent else f"{each.estimate:.1f}"
        for arm, each in means.items()
    }
    others = ", ".join(f"{arm} {shown[arm]}" for arm in OTHERS)
    return decided(
        found,
        ruling.word,
        f"{metric.replace('_', ' ')} {shown[NEWTON]}, {found.n} seeds; {others}",
        threshold=bound,
        p_value=ruling.p_value,
    )


def _one(evidence: RowEvidence, metric: str, arm: str) -> Interval:
    every = by_setting(evidence, metric, arm)
    if len(every) != 1:
        raise NotTestable(f"{len(every)} settings at once")
    return next(iter(every.values()))


def searched(metric: str, values: Sequence[float], others: float = 0.0) -> RowEvidence:
    """Return rows of the published step and the other searches, for controls."""
    rows: Mapping[tuple[str, str, str], Sequence[float]] = {
        ("made up", arm, metric): values if arm == NEWTON else [others] * len(values)
        for arm in (NEWTON, *OTHERS)
    }
    return measured(rows)
