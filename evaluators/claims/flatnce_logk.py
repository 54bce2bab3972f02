"""The InfoNCE bound on mutual information saturates at log K."""

from __future__ import annotations

from collections.abc import Sequence

from evaluators.claims.judging.claim import (
    Claim,
    Control,
    Finding,
    NotTestable,
    RowsOf,
    Word,
    decided,
)
from evaluators.claims.judging.evidence import RowEvidence
from evaluators.claims.judging.made_up import bounds
from evaluators.claims.judging.sweep import FACTOR, INFONCE, SMALL, combined
from evaluators.statistics import Interval

FULL = 0.9
"""The share of the ceiling from which the bound is called saturated."""


def judge(evidence: RowEvidence) -> Finding:
    """Set the bound at the smallest batch beside its ceiling, and beside the largest batch's."""
    found: dict[tuple[str, int], dict[int, float]] = {}
    for row in evidence.rows:
        if row["seed"] is not None and row["arm"] == INFONCE:
            found.setdefault((row["metric"], row["batch"]), {})[row["seed"]] = row["value"]
    batches = sorted(batch for metric, batch in found if metric == "information")
    if not batches or batches[0] > SMALL or batches[-1] < FACTOR * batches[0]:
        raise NotTestable(f"needs {INFONCE} at a batch of {SMALL} or less and at one 8 times that")
    shares = {batch: _share(found, batch) for batch in batches}
    small, large = batches[0], batches[-1]
    (low, high), ceiling = shares[small].ends, max(found["ceiling", small].values())
    more = combined([(found["information", large], 1)])
    verdict: Word = "inconclusive"
    if high < FULL:
        verdict = "refuted"
    elif low > FULL and more.ends[0] > ceiling:
        verdict = "holds"
    said = ", ".join(f"{100 * one.estimate:.1f}% at batch {batch}" for batch, one in shares.items())
    return decided(
        shares[small],
        verdict,
        f"InfoNCE's bound as a share of its ceiling log(K + 1): {said}; at batch {large} it is"
        f" {more.estimate:.2f} nats, the ceiling at batch {small} {ceiling:.2f}; {more.n} seeds;"
        " this bench alone",
        threshold=FULL,
    )


def _share(found: dict[tuple[str, int], dict[int, float]], batch: int) -> Interval:
    ceilings = found.get(("ceiling", batch), {})
    if ceilings.keys() != found["information", batch].keys():
        raise NotTestable(f"the ceiling at batch {batch} was not measured")
    shares = {s: value / ceilings[s] for s, value in found["information", batch].items()}
    return combined([(shares, 1)])


def controls() -> Sequence[Control[RowEvidence]]:
    """A bound at its ceiling when small, one far below, one that never needs more."""
    return (
        Control("99% of the ceiling", bounds({4: 0.99, 256: 0.87}), "holds"),
        Control("60% of the ceiling", bounds({4: 0.60, 256: 0.50}), "refuted"),
        Control("no more at the large batch", bounds({4: 0.99, 256: 0.30}), "inconclusive"),
        Control("about 90%", bounds({4: 0.90, 256: 0.8}, noise=0.05), "inconclusive"),
        Control("one batch", bounds({4: 0.99}), "not testable here"),
    )


CLAIM = Claim(
    title="InfoNCE's bound saturates at log K",
    sentence="InfoNCE bounds mutual information by log K − L from below, so that with few negatives"
    " the bound is stuck at log K.",
    source="Chen et al. 2021, arXiv:2107.01152 (the log-K curse); van den Oord et al. 2018,"
    " arXiv:1807.03748; paraphrased",
    article=8586,
    decision_rule="The bound is log(K + 1) − InfoNCE on fresh views, K + 1 = 2B − 1. The number is"
    " its share of log(K + 1) at the smallest batch. Holds when the interval over seeds lies above"
    f" {FULL:.0%} and the bound at the largest batch exceeds the smallest batch's ceiling, so that"
    " there is more to be known than that can say; refuted when the interval lies below"
    f" {FULL:.0%}; inconclusive otherwise. A saturated bound need not cost accuracy: see"
    " flatnce-c1.",
    evidence=RowsOf(
        "batch_sweep",
        by=("bench",),
        among={"metric": ("information", "ceiling"), "batch": ("[0-9]*",)},
    ),
    judge=judge,
    controls=controls,
    scope="universal",
    level="small",
)
